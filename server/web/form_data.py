"""The fields of a sent form, as they were typed."""

from typing import Any

from flask import Request
from werkzeug.formparser import FormDataParser


class _LinesAsTyped(FormDataParser):
    """Undoes what HTML does to texts of several lines, whose ends browsers send as CR LF.

    Kept so, a form that is saved unchanged would change them, and lines would count twice.
    """

    def parse(self, *args: Any, **options: Any) -> Any:
        stream, form, files = super().parse(*args, **options)
        fields = [(name, text.replace("\r\n", "\n")) for name, text in form.items(multi=True)]
        return stream, self.cls(fields), files


class FormRequest(Request):
    """A request whose form holds texts as they were typed."""

    form_data_parser_class = _LinesAsTyped
