"""The chain: honest histories hold, and any change to a line or to its place is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sync import chain

KEY = b"k" * 32
bodies = st.lists(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30).map(
        lambda text: b'{"d":"' + text.encode() + b'"}'
    ),
    min_size=1,
    max_size=6,
)


def sealed(lines: list[bytes]) -> list[bytes]:
    head, result = chain.FIRST_HEAD, []
    for body in lines:
        line, head = chain.seal(body, head=head, key=KEY)
        result.append(line)
    return result


def verify(lines: list[bytes]) -> list[bytes]:
    head, result = chain.FIRST_HEAD, []
    for line in lines:
        body, head = chain.unseal(line, head=head, key=KEY)
        result.append(body)
    return result


@given(bodies)
def test_an_honest_history_holds(lines: list[bytes]) -> None:
    assert verify(sealed(lines)) == lines


@given(bodies, st.data())
def test_any_flipped_bit_is_found(lines: list[bytes], data: st.DataObject) -> None:
    history = sealed(lines)
    number = data.draw(st.integers(0, len(history) - 1))
    position = data.draw(st.integers(0, len(history[number]) * 8 - 1))
    changed = bytearray(history[number])
    changed[position // 8] ^= 1 << position % 8
    history[number] = bytes(changed)

    with pytest.raises(chain.ChainBrokenError):
        verify(history)


@given(bodies.filter(lambda lines: len(lines) > 1), st.data())
def test_a_removed_or_swapped_line_is_found(lines: list[bytes], data: st.DataObject) -> None:
    history = sealed(lines)
    number = data.draw(st.integers(0, len(history) - 2))
    removed = history[:number] + history[number + 1 :]
    swapped = [*history[:number], history[number + 1], history[number], *history[number + 2 :]]

    for forged in (removed, swapped):
        with pytest.raises(chain.ChainBrokenError):
            verify(forged)


@given(bodies, st.data())
def test_an_inserted_line_is_found(lines: list[bytes], data: st.DataObject) -> None:
    history = sealed(lines)
    number = data.draw(st.integers(0, len(history) - 1))

    with pytest.raises(chain.ChainBrokenError):
        verify([*history[: number + 1], history[number], *history[number + 1 :]])


def test_nobody_without_the_key_can_go_on_with_the_chain() -> None:
    line, _ = chain.seal(b'{"s":1}', head=chain.FIRST_HEAD, key=b"other" * 8)

    with pytest.raises(chain.ChainBrokenError):
        chain.unseal(line, head=chain.FIRST_HEAD, key=KEY)


@pytest.mark.parametrize("line", [b"", b"{}", b'{"s":1,"m":"short"}', b"\xff" * 80])
def test_a_line_without_a_mac_is_found(line: bytes) -> None:
    with pytest.raises(chain.ChainBrokenError):
        chain.unseal(line, head=chain.FIRST_HEAD, key=KEY)


@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32))
def test_a_key_of_any_length_seals_as_hmac_has_it(key: bytes, head: bytes) -> None:
    line, new_head = chain.seal(b"{}", head=head, key=key)

    assert chain.unsealing(key)(line, head) == (b"{}", new_head)
