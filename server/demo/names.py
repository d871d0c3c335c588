"""Names of shops, people and streets, as one meets them around Jakarta."""

from functools import cache

from faker import Faker

from server.demo.chance import Chance
from shared.vocabulary import CustomerClass

_LUCKY = (
    *("Makmur", "Jaya", "Berkah", "Barokah", "Sinar", "Abadi", "Sejahtera", "Maju", "Sentosa"),
    *("Lancar", "Subur", "Amanah", "Anugerah", "Mitra", "Cahaya", "Bintang", "Harapan", "Rizki"),
    *("Laris", "Murah", "Sumber", "Karunia", "Mulia", "Mandiri", "Utama", "Setia", "Bersama"),
)
# Kind of outlet, how it is named, how often; `{}` stands for two lucky words or a person.
_KINDS: dict[CustomerClass, tuple[tuple[str, str, int], ...]] = {
    CustomerClass.A: (
        ("Grosir", "Grosir {lucky}", 3),
        ("Grosir", "UD {lucky}", 3),
        ("Grosir", "CV {lucky}", 2),
        ("Minimarket", "Minimarket {lucky}", 5),
        ("Minimarket", "Swalayan {lucky}", 2),
    ),
    CustomerClass.B: (
        ("Toko kelontong", "Toko {lucky}", 7),
        ("Toko kelontong", "Toko Haji {him}", 2),
        ("Agen", "Agen {lucky}", 2),
        ("Kafe", "Kedai Kopi {lucky}", 2),
        ("Minimarket", "Minimarket {lucky}", 2),
    ),
    CustomerClass.C: (
        ("Warung", "Warung Bu {her}", 6),
        ("Warung", "Warung Pak {him}", 4),
        ("Warung", "Warkop {him}", 2),
        ("Kios", "Kios {her}", 3),
        ("Kios", "Kios {lucky}", 2),
        ("Kantin", "Kantin Bu {her}", 2),
        ("Toko kelontong", "Toko {her}", 2),
    ),
}


class Names:
    """Names of shops, people and streets; shops are never called the same."""

    # One invents names at a time: the dictionaries behind it are slow to load, so they are shared.
    def __init__(self, seed: int, subject: str = "names") -> None:
        self._chance = Chance.of(seed, subject)
        self._faker = _faker()
        self._faker.seed_instance(self._chance.getrandbits(64))
        self._taken: set[str] = set()

    def person(self) -> str:
        """Return a first and a last name."""
        return f"{self._faker.first_name()} {self._faker.last_name()}"

    def address(self) -> str:
        """Return a street with a number."""
        return str(self._faker.street_address())

    def shop(self, customer_class: CustomerClass) -> tuple[str, str]:
        """Return a kind of outlet that fits the class, and a name for it."""
        kinds = _KINDS[customer_class]
        while True:
            kind, pattern, _ = self._chance.choices(kinds, [weight for *_, weight in kinds])[0]
            name = pattern.format(
                lucky=" ".join(self._chance.sample(_LUCKY, 2)),
                her=self._faker.first_name_female(),
                him=self._faker.first_name_male(),
            )
            if name not in self._taken:
                self._taken.add(name)
                return kind, name


@cache
def _faker() -> Faker:
    return Faker("id_ID")
