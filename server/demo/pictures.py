"""The pictures of the demo, drawn because no camera was there; each says that it is none."""

import io
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from server.demo.chance import Chance
from shared.vocabulary import ExpenseKind

_INK, _PALE_INK, _PAPER, _TABLE = (44, 42, 40), (110, 106, 100), (250, 248, 242), (104, 92, 80)
_SHELF_PX = (480, 640)
_SLIP_PX = 400, 480
_MARGIN = 26
_FUEL_PRICE = 10_000
_SHOPS = {
    ExpenseKind.FUEL: ("SPBU 34.12107", "Jl. Raya Serpong KM 8"),
    ExpenseKind.PARKING: ("PARKIR PASAR", "Pengelola: PD Pasar Jaya"),
    ExpenseKind.MEAL: ("RM SEDERHANA", "Masakan Padang"),
    ExpenseKind.PHONE: ("JAYA CELL", "Pulsa, data, token listrik"),
    ExpenseKind.SAMPLES: ("TOKO BERKAH", "Grosir dan eceran"),
}
_OTHER_SHOP = ("FOTOKOPI BAROKAH", "Alat tulis kantor")
_DRINK = 5_000


def draw_receipt(expense: dict[str, Any]) -> bytes:
    """Draw the slip of a till on a table, a little askew: shop, lines, total, day."""
    total = expense["amount_minor"] // 100
    number = int(expense["id"][-6:], 16)
    shop, address = _SHOPS.get(expense["kind"], _OTHER_SHOP)
    slip = Image.new("RGBA", _SLIP_PX, (0, 0, 0, 0))
    draw = ImageDraw.Draw(slip)
    width, height = _SLIP_PX
    # Torn off along the teeth of the printer, above and below.
    teeth = [(x, 6 * (x // 10 % 2)) for x in range(0, width + 10, 10)]
    draw.polygon([*teeth, *((x, height - 8 + y) for x, y in reversed(teeth))], fill=_PAPER)
    y = 34
    y = _middle(draw, y, shop, 26)
    y = _middle(draw, y, address, 16, _PALE_INK)
    y = _rule(draw, y + 6)
    minutes = 9 * 60 + number % 480
    clock = f"{minutes // 60:02}.{minutes % 60:02}"
    y = _pair(draw, y, f"{expense['day']:%d/%m/%Y}  {clock}", f"No. {number % 100_000:05}", 16)
    y = _rule(draw, y + 4)
    for name, quantity, amount in _lines_of(expense, total):
        y = _pair(draw, y, name, "", 18)
        y = _pair(draw, y, f"   {quantity}", _rupiah(amount), 18)
    y = _rule(draw, y + 4)
    y = _pair(draw, y, "TOTAL", f"Rp {_rupiah(total)}", 24)
    paid = -(-total // 10_000) * 10_000
    y = _pair(draw, y + 4, "Tunai", _rupiah(paid), 16)
    y = _pair(draw, y, "Kembali", _rupiah(paid - total), 16)
    y = _rule(draw, y + 4)
    _middle(draw, y + 4, "Terima kasih", 18)
    _middle(draw, height - 44, "NOTA CONTOH (demo)", 14, _PALE_INK)
    return _stored(_on_a_table(slip, askew=(number % 7 - 3) * 0.8))


def draw_shelf(chance: Chance, name: str) -> bytes:
    """Draw a shelf with goods; it says whose it is."""
    width, height = _SHELF_PX
    picture = Image.new("RGB", (width, height), (198 + chance.randrange(40), 190, 172))
    draw = ImageDraw.Draw(picture)
    colours = [tuple(chance.randrange(40, 226) for _ in range(3)) for _ in range(6)]
    for board in range(5):
        floor = 130 + board * 115
        x = 14
        while x < width - 40:
            pack = chance.randint(22, 54)
            tall = chance.randint(40, 92)
            if not chance.happens(0.12):  # a gap where something is sold out
                colour = chance.choice(colours)
                draw.rectangle((x, floor - tall, x + pack, floor), fill=colour)
                draw.rectangle(
                    (x + 4, floor - tall // 2 - 6, x + pack - 4, floor - tall // 2 + 6),
                    fill=(246, 244, 238),
                )
            x += pack + chance.randint(2, 9)
        draw.rectangle((0, floor, width, floor + 10), fill=(112, 84, 58))
    draw.text((12, 8), f"{name} (demo)", fill=(40, 36, 30))
    return _stored(picture)


def _lines_of(expense: dict[str, Any], total: int) -> list[tuple[str, str, int]]:
    """Return name, quantity and amount of each line; they come to the total."""
    match expense["kind"]:
        case ExpenseKind.FUEL:
            litres = f"{total / _FUEL_PRICE:.2f}".replace(".", ",")
            return [("Pertalite", f"{litres} L x {_rupiah(_FUEL_PRICE)}", total)]
        case ExpenseKind.MEAL if total > 2 * _DRINK:
            food = total - _DRINK
            return [
                ("Nasi ayam bakar", f"1 x {_rupiah(food)}", food),
                ("Es teh manis", f"1 x {_rupiah(_DRINK)}", _DRINK),
            ]
        case _:
            return [(str(expense["note"])[:30], f"1 x {_rupiah(total)}", total)]


def _rupiah(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _middle(
    draw: ImageDraw.ImageDraw,
    y: int,
    text: str,
    size: int,
    colour: tuple[int, int, int] = _INK,
) -> int:
    draw.text((_SLIP_PX[0] / 2, y), text, fill=colour, font=_font(size), anchor="ma")
    return y + size + 8


def _pair(draw: ImageDraw.ImageDraw, y: int, left: str, right: str, size: int) -> int:
    draw.text((_MARGIN, y), left, fill=_INK, font=_font(size))
    draw.text((_SLIP_PX[0] - _MARGIN, y), right, fill=_INK, font=_font(size), anchor="ra")
    return y + size + 8


def _rule(draw: ImageDraw.ImageDraw, y: int) -> int:
    for x in range(_MARGIN, _SLIP_PX[0] - _MARGIN, 10):
        draw.line((x, y, x + 5, y), fill=_PALE_INK)
    return y + 12


def _on_a_table(slip: Image.Image, *, askew: float) -> Image.Image:
    picture = Image.new("RGB", (480, 640), _TABLE)
    draw = ImageDraw.Draw(picture)
    for grain in range(0, 640, 16):  # the boards of the table
        draw.line((0, grain, 480, grain + 5), fill=(98, 86, 75) if grain % 64 else (84, 74, 64))
    turned = slip.rotate(askew, resample=Image.Resampling.BICUBIC, expand=True)
    at = (480 - turned.width) // 2, (640 - turned.height) // 2
    shadow = Image.new("RGB", turned.size, (64, 56, 48))
    picture.paste(shadow, (at[0] + 6, at[1] + 8), turned.getchannel("A"))
    picture.paste(turned, at, turned)
    return picture


def _stored(picture: Image.Image) -> bytes:
    stored = io.BytesIO()
    picture.save(stored, "JPEG", quality=72)
    return stored.getvalue()
