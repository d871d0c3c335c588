"""Shapes, pages and order of the site's parts."""

from server.web.components import Pages, TargetBar, read_page, sparkline


def test_a_sparkline_leaves_gaps_where_nothing_is_known() -> None:
    line = sparkline([1, 2, None, 4], label="Calls")

    assert line is not None
    assert len(line.lines) == 1
    assert len(line.dots) == 1


def test_a_sparkline_of_equal_values_lies_in_the_middle() -> None:
    line = sparkline([5, 5, 5], label="Calls")

    assert line is not None
    assert {point.split(",")[1] for point in line.lines[0].split()} == {"16"}


def test_scattered_values_make_no_line() -> None:
    assert sparkline([None, 3, None], label="Calls") is None
    assert sparkline([None, 3, None, None, 4], label="Calls") is None


def test_pages_link_to_both_ends_and_the_neighbours() -> None:
    pages = Pages(number=5, size=50, total=1234)

    assert pages.around() == [1, None, 4, 5, 6, None, 25]
    assert (pages.first, pages.last, pages.offset) == (201, 250, 200)


def test_behind_what_was_counted_there_is_no_last_page() -> None:
    pages = Pages(number=5, size=50, total=10_000, is_more=True, on_page=50, follows=True)

    assert pages.around() == [1, None, 4, 5, 6, None]
    assert (pages.first, pages.last) == (201, 250)


def test_the_last_page_behind_what_was_counted_leads_back_only() -> None:
    pages = Pages(number=301, size=50, total=10_000, is_more=True, on_page=7, follows=False)

    assert pages.around() == [1, None, 300, 301]
    assert (pages.first, pages.last, pages.furthest) == (15_001, 15_007, 301)


def test_an_empty_list_has_one_page_and_no_rows() -> None:
    pages = Pages(number=1, size=50, total=0)

    assert (pages.count, pages.first, pages.last) == (1, 0, 0)


def test_a_page_number_that_is_none_means_the_first() -> None:
    assert [read_page(text) for text in (None, "", "-3", "two", "0", "7")] == [1, 1, 1, 1, 1, 7]


def test_a_target_that_is_beaten_keeps_its_mark_on_the_bar() -> None:
    bar = TargetBar(reached=1.25, due=1.0, tone="good", text="")

    assert (bar.x(bar.reached), bar.x(1.0)) == (100, 80)
