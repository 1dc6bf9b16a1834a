"""How a person works a page: with the mouse, with the keyboard alone, or with a finger on a phone."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Locator, Page, expect

MOST_TABS: Final = 300
PHONE: Final = {"width": 390, "height": 844}
HERE: Final = "(one) => document.activeElement === one"
SIDEWAYS: Final = "document.scrollingElement.scrollWidth - window.innerWidth"


def fits(page: Page) -> bool:
    """Whether nothing has to be pushed sideways; before its style sheets have come, any page is too wide."""
    page.wait_for_load_state()
    return int(page.evaluate(SIDEWAYS)) <= 0


class Mouse:
    """Clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, control: Locator) -> None:
        """Press a link or a button."""
        control.click()

    def tick(self, box: Locator) -> None:
        """Tick a box or choose one of several."""
        box.check()

    def pick(self, field: Locator, value: str) -> None:
        """Choose from a list, by the value."""
        field.select_option(value)

    def write(self, field: Locator, text: str) -> None:
        """Put a text into a field in place of what stands there."""
        field.fill(text)

    def date(self, field: Locator, day: str) -> None:
        """Put a day (2026-03-12) into a field for days."""
        field.fill(day)

    def look(self) -> None:
        """See whether the page that came can be used at all."""


class Finger(Mouse):
    """Taps on a narrow screen, on which nothing may have to be pushed sideways."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]

    def press(self, control: Locator) -> None:
        control.tap()

    def look(self) -> None:
        assert fits(self.page), self.page.url


class Keys(Mouse):
    """The keyboard alone: walks to each control, from the start of the content, and works it by its keys."""

    def reach(self, control: Locator) -> None:
        """Walk by tab to a control; past the menu by the link that is there for it."""
        expect(control).to_be_enabled()
        if control.evaluate(HERE):
            return
        self.page.locator("#content").evaluate("(one) => one.focus()")
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if control.evaluate(HERE):
                return
        raise AssertionError(f"no way to {control} by keyboard on {self.page.url}")

    def press(self, control: Locator) -> None:
        self.reach(control)
        self.page.keyboard.press("Enter")

    def tick(self, box: Locator) -> None:
        if box.get_attribute("type") == "radio":
            self._choose_radio(box)
        elif not box.is_checked():
            self.reach(box)
            self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def _choose_radio(self, box: Locator) -> None:
        """Arrows go through a group, which tab meets once, at what is chosen."""
        name = box.get_attribute("name")
        group = self.page.locator(f'input[type=radio][name="{name}"]')
        chosen = self.page.locator(f'input[type=radio][name="{name}"]:checked')
        self.reach(chosen if chosen.count() else group.first)
        if not chosen.count():
            self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if box.is_checked():
                return
            self.page.keyboard.press("ArrowDown")

    def pick(self, field: Locator, value: str) -> None:
        self.reach(field)
        self.page.keyboard.press("Home")
        for _ in range(field.locator("option").count()):
            if field.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        expect(field).to_have_value(value)

    def write(self, field: Locator, text: str) -> None:
        self.reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        expect(field).to_have_value(text)

    def date(self, field: Locator, day: str) -> None:
        """Browsers of different languages want the digits in different order."""
        year, month, of_month = day.split("-")
        for digits in (month + of_month + year, year + month + of_month, of_month + month + year):
            self.reach(field)
            self.page.keyboard.press("Control+A")
            self.page.keyboard.press("Backspace")
            self.page.keyboard.type(digits)
            if field.input_value() == day:
                return
            self.page.locator("#content").evaluate("(one) => one.focus()")
        expect(field).to_have_value(day)
