"""Which module has which widget: rules name widgets, and a module is imported when one is wanted.

A start shows one screen; the classes and rules of all widgets would take it a tenth longer.
"""

from kivy.factory import Factory

WIDGETS = {
    "bars": ("AppBar", "StatePill", "TabBar", "TabItem"),
    "buttons": (
        "ButtonIcon",
        "DiscardButton",
        "FilledButton",
        "FilterChip",
        "IconButton",
        "OutlinedButton",
        "PlainButton",
        "TextButton",
        "TonalButton",
    ),
    "chips": ("Chip", "ClassBadge", "VerdictChip"),
    "controls": ("Stepper", "SwitchRow"),
    "field": ("Entry", "TextField"),
    "lists": ("CompactRow", "RowList"),
    "notes": ("Banner", "EmptyState", "TargetBar"),
    "panels": ("BottomAction", "Card", "Column", "Progress", "RootSnackbar", "Snackbar"),
    "photos": ("PhotoTile", "PhotosCard"),
    "rows": ("LineRow", "Row", "RowColumn", "Section", "SectionColumn"),
    "sheet": ("Sheet",),
    "text": ("Figure", "Icon", "TextBlock", "TextLine", "Words"),
}

for _module, _names in WIDGETS.items():
    for _name in _names:
        Factory.register(_name, module=f"mobile.widgets.{_module}")
