"""Who works at the demo company: three teams of one region, their managers, reps and ways."""

from dataclasses import dataclass

ADMIN = ("admin", "Wulan Prameswari")
REGION = ("JABODETABEK", "Jabodetabek")
PHONE_REP = "sari"
"""Whose phone is tried out: today she has not started yet."""


@dataclass(frozen=True, kw_only=True)
class Ways:
    """What makes one rep's numbers differ from another's."""

    diligence: float = 0.93
    """Share of planned stops that are visited."""
    orderliness: float = 0.9
    """Chance to go to the next stop of the plan and not to a later one."""
    persuasion: float = 0.62
    """Chance that a visit ends with an order."""
    basket: float = 1.0
    """Size of the orders, 1.0 being usual."""
    closing: float = 1.0
    """Skill at bringing deals through the pipeline, 1.0 being usual."""
    leads_per_day: float = 0.36
    unplanned_per_day: float = 0.7
    away: float = 0.012
    """Chance to check in somewhere else than at the shop."""
    neglect: float = 0.0
    """Share of the small outlets that never get into the plan."""
    weak_phone: float = 0.06
    """Chance that the phone knows its position only roughly."""
    starts_at_minute: int = 480
    """Start of the day, minutes after midnight."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A rep before the days begin: code, name, territory (places by name) and ways."""

    code: str
    name: str
    places: tuple[str, ...]
    ways: Ways = Ways()


@dataclass(frozen=True, kw_only=True)
class TeamPlan:
    """A team with its manager."""

    code: str
    name: str
    manager: tuple[str, str]
    people: tuple[Person, ...]


TEAMS = (
    TeamPlan(
        code="TIMUR",
        name="Jakarta-Bekasi",
        manager=("ratna", "Ratna Kusumawati"),
        people=(
            Person(
                code="sari",
                name="Sari Puspita",
                places=("Jakarta",),
                ways=Ways(persuasion=0.66, basket=1.1, unplanned_per_day=0.9, weak_phone=0.09),
            ),
            Person(
                code="budi",
                name="Budi Santoso",
                places=("Utan",),
                ways=Ways(diligence=0.97, orderliness=0.97, persuasion=0.57, starts_at_minute=465),
            ),
            Person(
                code="dewi",
                name="Dewi Anggraini",
                places=("Bekasi",),
                ways=Ways(persuasion=0.7, basket=1.22, closing=1.25, leads_per_day=0.45),
            ),
            Person(
                code="agus",
                name="Agus Setiawan",
                places=("Cikarang",),
                ways=Ways(diligence=0.88, basket=0.9, unplanned_per_day=1.2, starts_at_minute=520),
            ),
        ),
    ),
    TeamPlan(
        code="BARAT",
        name="Tangerang",
        manager=("bambang", "Bambang Wijaya"),
        people=(
            Person(
                code="rina",
                name="Rina Marlina",
                places=("Tangerang",),
                ways=Ways(diligence=0.96, persuasion=0.64, closing=1.1),
            ),
            Person(
                code="joko",
                name="Joko Prasetyo",
                places=("Serpong", "South Tangerang"),
                ways=Ways(
                    diligence=0.8,
                    orderliness=0.7,
                    persuasion=0.54,
                    basket=0.85,
                    closing=0.7,
                    away=0.075,
                    neglect=0.2,
                    starts_at_minute=572,
                ),
            ),
            Person(
                code="putri",
                name="Putri Wulandari",
                places=("Ciputat", "Pamulang"),
                ways=Ways(persuasion=0.61, basket=1.05, leads_per_day=0.55, closing=0.85),
            ),
            Person(
                code="hendra",
                name="Hendra Gunawan",
                places=("Curug", "Cikupa"),
                ways=Ways(diligence=0.91, unplanned_per_day=0.4, weak_phone=0.14),
            ),
        ),
    ),
    TeamPlan(
        code="SELATAN",
        name="Depok-Bogor",
        manager=("yusuf", "Yusuf Hidayat"),
        people=(
            Person(
                code="maya",
                name="Maya Kartika",
                places=("Depok",),
                ways=Ways(diligence=0.95, persuasion=0.68, basket=1.15, starts_at_minute=470),
            ),
            Person(
                code="eko",
                name="Eko Nugroho",
                places=("Cibinong", "Citeureup"),
                ways=Ways(persuasion=0.58, orderliness=0.82, neglect=0.1),
            ),
            Person(
                code="lestari",
                name="Lestari Handayani",
                places=("Bogor",),
                ways=Ways(diligence=0.94, basket=0.95, closing=1.3, leads_per_day=0.4),
            ),
            Person(
                code="dimas",
                name="Dimas Saputra",
                places=("Cileungsir",),
                ways=Ways(diligence=0.86, persuasion=0.56, leads_per_day=0.25, away=0.03),
            ),
        ),
    ),
)
