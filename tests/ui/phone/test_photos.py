"""Photos on the visit screen: taken, seen, removed, brought back, refused, there after a kill."""

from mobile.device.simulated_camera import SimulatedCamera
from tests.ui.phone.conftest import StartPhone
from tests.ui.phone.phone import Phone


def begin_visit(phone: Phone) -> None:
    today = phone.app.container.view_models.today
    phone.screen.begin()
    phone.sheet().choose("confirm")
    assert today.state.next_call is not None
    phone.app.check_in(today.state.next_call.customer_id, None)
    phone.pass_time(5)
    assert phone.screen.state.phase == "open"


def photos(phone: Phone) -> int:
    return len(phone.screen.state.photos.tiles)


def take(phone: Phone) -> None:
    before = photos(phone)
    phone.screen.take_photo()
    phone.wait(lambda: not phone.screen.state.photos.is_busy)
    phone.wait(lambda: photos(phone) == before + 1)


def test_a_photo_is_taken_removed_and_brought_back(phone: Phone) -> None:
    begin_visit(phone)
    assert phone.shows("The camera is simulated")
    take(phone)
    take(phone)
    first, second = phone.screen.state.photos.tiles

    phone.screen.look_at_photo(first.key)
    assert phone.sheet().title.startswith("Photo taken at")
    phone.sheet().choose("remove")
    assert [tile.key for tile in phone.screen.state.photos.tiles] == [second.key]

    phone.screen.view_model.photos.undo()
    assert [tile.key for tile in phone.screen.state.photos.tiles] == [first.key, second.key]


def test_photos_are_there_after_a_kill(start: StartPhone) -> None:
    phone = start()
    begin_visit(phone)
    take(phone)
    [tile] = phone.screen.state.photos.tiles

    phone = start()

    assert phone.screen.state.phase == "open"
    assert [each.key for each in phone.screen.state.photos.tiles] == [tile.key]


def test_a_refused_camera_says_so_and_the_visit_goes_on(phone: Phone) -> None:
    begin_visit(phone)
    camera = phone.screen.view_model.photos._camera
    assert isinstance(camera, SimulatedCamera)
    camera.refuses = True

    phone.screen.take_photo()
    phone.wait(lambda: not phone.screen.state.photos.is_busy)

    assert phone.shows("The camera may not be used. Allow it in the phone's settings.")
    assert photos(phone) == 0
    camera.refuses = False
    take(phone)
    assert not phone.shows("The camera may not be used")
