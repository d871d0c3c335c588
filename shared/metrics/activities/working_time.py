"""Days and hours in the field."""

from decimal import Decimal

from shared.i18n import N_
from shared.metrics import measures as m
from shared.metrics.definition import Direction, Example, Family, Metric, Need, Thresholds
from shared.metrics.formula import Unit

DAYS_WORKED = Metric(
    key="days_worked",
    name=N_("Days worked"),
    description=N_("Days with a start of the working day or a visit, summed over the reps."),
    formula=m.DAYS_WORKED,
    unit=Unit.COUNT,
    family=Family.ACTIVITY,
    examples=(Example({"days_worked": 22}, "22"),),
)

CALLS_PER_DAY = Metric(
    key="calls_per_day",
    name=N_("Visits per day"),
    description=N_("Visits for each day worked."),
    formula=m.CALLS / m.DAYS_WORKED,
    unit=Unit.COUNT,
    family=Family.ACTIVITY,
    thresholds=Thresholds(target=Decimal(12), at_risk=Decimal(8)),
    null_reason="no_days_worked",
    examples=(
        Example({"calls": 70, "days_worked": 5}, "14"),
        Example({"calls": 0, "days_worked": 0}, None, "no_days_worked"),
    ),
)

TIME_IN_STORE = Metric(
    key="time_in_store",
    name=N_("Time in store"),
    description=N_(
        "Mean minutes from check-in to check-out. Visits without a check-out and visits closed "
        "automatically are left out."
    ),
    formula=m.TIME_IN_STORE / 60 / m.TIMED_VISITS,
    unit=Unit.MINUTES,
    family=Family.ACTIVITY,
    direction=Direction.NEUTRAL,
    null_reason="no_completed_visits",
    examples=(
        Example({"time_in_store_s": 5400, "timed_visits": 6}, "15"),
        Example({"time_in_store_s": 0, "timed_visits": 0}, None, "no_completed_visits"),
    ),
)

TIME_IN_STORE_TOTAL = Metric(
    key="time_in_store_total",
    name=N_("Time in store, total"),
    description=N_("Hours from check-in to check-out, summed over the visits."),
    formula=m.TIME_IN_STORE / 3600,
    unit=Unit.HOURS,
    family=Family.ACTIVITY,
    direction=Direction.NEUTRAL,
    variant_of="time_in_store",
    examples=(Example({"time_in_store_s": 5400}, "1.5"),),
)

TIME_PER_PRODUCTIVE_CALL = Metric(
    key="time_per_productive_call",
    name=N_("Time per productive visit"),
    description=N_("Mean minutes in the store over the productive visits."),
    formula=m.PRODUCTIVE_TIME_IN_STORE / 60 / m.PRODUCTIVE_TIMED_VISITS,
    unit=Unit.MINUTES,
    family=Family.ACTIVITY,
    direction=Direction.NEUTRAL,
    null_reason="no_productive_visits",
    examples=(
        Example({"productive_time_in_store_s": 3600, "productive_timed_visits": 3}, "20"),
        Example(
            {"productive_time_in_store_s": 0, "productive_timed_visits": 0},
            None,
            "no_productive_visits",
        ),
    ),
)

AUTO_CLOSED_SHARE = Metric(
    key="auto_closed_share",
    name=N_("Visits closed automatically"),
    description=N_("Of the completed visits, the share that was closed without a check-out."),
    formula=m.AUTO_CLOSED_VISITS / m.COMPLETED_VISITS,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_completed_visits",
    variant_of="time_in_store",
    examples=(
        Example({"auto_closed_visits": 1, "completed_visits": 8}, "0.125"),
        Example({"auto_closed_visits": 0, "completed_visits": 0}, None, "no_completed_visits"),
    ),
)

WORK_DURATION = Metric(
    key="work_duration",
    name=N_("Work duration"),
    description=N_("Mean hours from the first check-in to the last check-out of a day."),
    formula=m.WORK_TIME / 3600 / m.TIMED_DAYS,
    unit=Unit.HOURS,
    family=Family.ACTIVITY,
    direction=Direction.NEUTRAL,
    null_reason="no_completed_visits",
    examples=(
        Example({"work_s": 54000, "timed_days": 2}, "7.5"),
        Example({"work_s": 0, "timed_days": 0}, None, "no_completed_visits"),
    ),
)

FIRST_CALL_TIME = Metric(
    key="first_call_time",
    name=N_("First check-in"),
    description=N_("Earliest check-in of the period, by the clock where it happened."),
    formula=m.FIRST_CALL,
    unit=Unit.CLOCK,
    family=Family.ACTIVITY,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_calls",
    examples=(
        Example({"first_call_clock_s": 29700}, "29700"),
        Example({"first_call_clock_s": None}, None, "no_calls"),
    ),
)

LAST_CALL_TIME = Metric(
    key="last_call_time",
    name=N_("Last check-out"),
    description=N_("Latest check-out of the period, by the clock where it happened."),
    formula=m.LAST_CALL,
    unit=Unit.CLOCK,
    family=Family.ACTIVITY,
    direction=Direction.NEUTRAL,
    null_reason="no_completed_visits",
    examples=(
        Example({"last_call_clock_s": 61200}, "61200"),
        Example({"last_call_clock_s": None}, None, "no_completed_visits"),
    ),
)

STARTED_BY_TEN_SHARE = Metric(
    key="started_by_ten_share",
    name=N_("Days started by 10:00"),
    description=N_("Of the days worked, the share with a check-in before 10:00."),
    formula=m.DAYS_STARTED_BY_TEN / m.DAYS_WORKED,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    thresholds=Thresholds(target=Decimal("0.9"), at_risk=Decimal("0.7")),
    null_reason="no_days_worked",
    examples=(
        Example({"days_started_by_ten": 9, "days_worked": 10}, "0.9"),
        Example({"days_started_by_ten": 0, "days_worked": 0}, None, "no_days_worked"),
    ),
)

_TRACKED = (Need(measure=m.TRACKED_DAYS, reason="no_track"),)

TRAVEL_DISTANCE = Metric(
    key="travel_distance",
    name=N_("Travel distance"),
    description=N_(
        "Kilometres of the recorded tracks. Gaps in a track and the jitter of a parked phone add "
        "nothing."
    ),
    formula=m.TRAVEL_DISTANCE / 1000,
    unit=Unit.KILOMETRES,
    family=Family.ACTIVITY,
    direction=Direction.NEUTRAL,
    needs=_TRACKED,
    examples=(
        Example({"travel_m": 42_500, "tracked_days": 2}, "42.5"),
        Example({"travel_m": 0, "tracked_days": 0}, None, "no_track"),
    ),
)

TRAVEL_TIME = Metric(
    key="travel_time",
    name=N_("Travel time"),
    description=N_(
        "Mean minutes on the way on days with a track: between visits, known, and not idle."
    ),
    formula=m.TRAVEL_TIME / 60 / m.TRACKED_DAYS,
    unit=Unit.MINUTES,
    family=Family.ACTIVITY,
    direction=Direction.NEUTRAL,
    null_reason="no_track",
    examples=(
        Example({"travel_s": 18_000, "tracked_days": 2}, "150"),
        Example({"travel_s": 0, "tracked_days": 0}, None, "no_track"),
    ),
)

IDLE_TIME = Metric(
    key="idle_time",
    name=N_("Idle time"),
    description=N_(
        "Mean minutes on days with a track in which the phone stood still for as many minutes as "
        "the settings said of that day (at first five) or longer, outside a visit and outside the "
        "geofences of the customers visited that day. A phone without a position is unknown, not "
        "idle."
    ),
    version=2,
    formula=m.IDLE_TIME / 60 / m.TRACKED_DAYS,
    unit=Unit.MINUTES,
    family=Family.ACTIVITY,
    direction=Direction.NEUTRAL,
    null_reason="no_track",
    examples=(
        Example({"idle_s": 5_400, "tracked_days": 2}, "45"),
        Example({"idle_s": 0, "tracked_days": 0}, None, "no_track"),
    ),
)

UNKNOWN_SHARE = Metric(
    key="unknown_share",
    name=N_("Time without a position"),
    description=N_(
        "Of the time from first check-in to last check-out on days with a track, the share outside "
        "visits in which the phone gave no position for more than 15 minutes."
    ),
    formula=m.UNKNOWN_TIME / m.TRACKED_WORK,
    unit=Unit.PERCENT,
    family=Family.ACTIVITY,
    direction=Direction.LOWER_IS_BETTER,
    null_reason="no_track",
    variant_of="travel_time",
    examples=(
        Example({"unknown_s": 3_600, "tracked_work_s": 28_800}, "0.125"),
        Example({"unknown_s": 0, "tracked_work_s": 0}, None, "no_track"),
    ),
)
