"""What a rule holds for each widget, in less room than Kivy takes for it.

Kivy evaluates each expression of a rule in a dictionary of its own, and keeps a list of lists for
each attribute it watches. A screen has some thousand expressions. Here those of one widget share
one dictionary, and what cannot change its owner is watched by one pair of tuples.
"""

import sys
from collections.abc import Sequence
from typing import Any

from kivy.event import EventDispatcher, Observable
from kivy.lang import builder
from kivy.lang.parser import _handlers, global_idmap

Scope = dict[str, Any]


class _Scopes:
    """The names that expressions of a widget read; those of one rule come one after the other."""

    def __init__(self) -> None:
        self._ids: Scope = {}
        self._last = (-1, 0)
        self._scope: Scope = {}

    def of(self, widget: Any, ids: Scope) -> Scope:
        """Return them; the same as before where widget, rule and its ids are."""
        last = (widget.uid, len(ids))
        if ids is not self._ids or last != self._last:
            self._ids, self._last = ids, last
            self._scope = {**ids, **global_idmap, "self": widget.proxy_ref}
        return self._scope


_scopes = _Scopes()


def watch(  # noqa: PLR0917 - as Kivy calls it
    widget: Any,
    element: Any,
    key: str,
    value: Any,
    rule: Any,
    ids: Scope,
    delayed: bool = False,  # noqa: FBT001, FBT002
) -> tuple[Any, list[Any]]:
    """
    Return what an expression says now, and what is bound to follow it.

    Takes the place of `kivy.lang.builder.create_handler`.

    :raises kivy.lang.builder.BuilderException: naming the rule's file and line
    """
    scope = _scopes.of(widget, ids)
    arguments: Any = (element, key, value, rule, scope)
    call = builder.call_fn
    if delayed:
        call, arguments = builder.delayed_call_fn, [*arguments, None]
    followed: list[Any] = _handlers[widget.uid][key]
    for names in rule.watched_keys or ():
        base = scope.get(names[0])
        if base is not None:
            bound = _follow(getattr(base, "proxy_ref", base), names, call, arguments)
            if bound:
                followed.append(bound)
    try:
        return eval(value, scope), followed  # noqa: S307 - a rule of our own
    except Exception as error:
        raise builder.BuilderException(
            rule.ctx,
            rule.line,
            f"{type(error).__name__}: {error}",
            cause=sys.exc_info()[2],
        ) from error


def _follow(base: Any, names: Sequence[str], call: Any, arguments: Any) -> Sequence[Any]:
    """Bind what `base.a.b` reads, and return it as Kivy unbinds it: (owner, name, call, number)."""
    owner, place, is_moving = base, 1, False
    way: list[list[Any]] = []
    for name in names[1:-1]:
        number = None
        if isinstance(owner, (EventDispatcher, Observable)):
            prop = owner.property(name, True)
            if prop is not None and getattr(prop, "rebind", False):
                is_moving = True
                number = owner.fbind(
                    name, builder.update_intermediates, base, names, way, place, call, arguments
                )
        moves = None if number is None else builder.update_intermediates
        way.append([getattr(owner, "proxy_ref", owner), name, moves, number])
        owner = getattr(owner, name, None)
        if owner is None:
            break
        place += 1
    if isinstance(owner, (EventDispatcher, Observable)):
        number = owner.fbind(names[-1], call, arguments)
        if number:
            last = (owner.proxy_ref, names[-1], call, number)
            if not is_moving:
                return (last,)
            way.append(list(last))
    return way if is_moving else ()


builder.create_handler = watch
