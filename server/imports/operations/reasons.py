"""Why a row was refused: a code for programs and a sentence for people."""

from shared.i18n import N_

REASONS = {
    "amount_missing": N_("A won deal needs its amount."),
    "bad_line": N_("A line of this deal was refused, so the deal was too."),
    "broken_row": N_("The quotation marks of this row are broken."),
    "closed_day_of_open_deal": N_("An open deal has no closing day."),
    "conflicting_duplicate": N_("An earlier row says something else about the same record."),
    "control_character": N_("The text holds characters that cannot be shown."),
    "day_in_future": N_("This day has not come yet."),
    "day_out_of_range": N_("This day lies outside 1900 to 2099."),
    "days_out_of_order": N_("Created, opportunity and closed must follow each other."),
    "deleted": N_("This record was deleted here; the import does not bring it back."),
    "discount_too_large": N_("The discount is larger than the line."),
    "duplicate": N_("An earlier row of this file has the same key."),
    "formula": N_("The text begins like a formula of a spreadsheet."),
    "half_a_position": N_("Latitude and longitude belong together."),
    "is_administrator": N_("An import does not change the role of an administrator."),
    "joined_row_missing": N_("The other file has no row with this key."),
    "metric_without_targets": N_("There are no targets for this number."),
    "month_before_missing": N_("The ramp says nothing of a month before this one."),
    "no_lines": N_("The file of lines has none for this deal."),
    "not_a_day": N_("This is no day in the format of the mapping."),
    "not_a_number": N_("This is no number in the format of the mapping."),
    "not_a_phone": N_("This is no telephone number."),
    "not_a_time_zone": N_("There is no time zone of this name."),
    "not_an_email": N_("This is no e-mail address."),
    "not_in_list": N_("This is none of the allowed words."),
    "not_whole": N_("This must be a whole number."),
    "not_yes_or_no": N_("This must be yes or no."),
    "nowhere": N_("Latitude and longitude 0 are a gap in the file, not a place."),
    "own_currency": N_("This is the currency the organisation reports in; it needs no rate."),
    "price_missing": N_(
        "The product has no list price in this currency, so the deal needs its own."
    ),
    "price_of_own_currency": N_("The price in the organisation's own currency is the field price."),
    "rate_far_off": N_("This rate is more than five times another one of the weeks around it."),
    "rep_or_team": N_("A target belongs to a rep or to a team."),
    "required": N_("This field may not be empty."),
    "target_overlaps": N_("An earlier row sets a target for the same holder and month."),
    "too_large": N_("This is too large."),
    "too_long": N_("This text is too long."),
    "too_many_decimals": N_("This has more than ten decimals."),
    "too_small": N_("This is too small."),
    "undecodable": N_("The text holds characters that the encoding does not have."),
    "unknown_currency": N_("There is no currency with this code."),
    "unknown_customer": N_("There is no customer with this code."),
    "unknown_metric": N_("There is no metric with this key."),
    "unknown_product": N_("There is no product with this code."),
    "unknown_stage": N_("The pipeline has no stage with this key."),
    "unknown_team": N_("There is no team with this code."),
    "unknown_user": N_("There is no user with this code."),
    "wrong_number_of_cells": N_("The row has more or fewer cells than the header."),
}

OF_FILES = {
    "doubled_column": N_("Two columns have this name: %(name)s."),
    "missing_column": N_("This column is missing: %(name)s."),
    "missing_file": N_("This file is missing."),
    "unknown_file": N_("The mapping reads no file of this name."),
}
"""Why files were refused as a whole."""
