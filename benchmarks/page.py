"""The page by a browser, on two widths, and a quiz with its CSV: docs/app.png, docs/app_360.png.

    ecg-synth app --model runs/flow --model pretrained:ptbxl-i-told --real ptb-xl --answers quiz.csv --port 7861 &
    python benchmarks/page.py --address http://127.0.0.1:7861 --out docs

Needs Debian's chromium and chromium-driver, and selenium. The quiz is answered by a rule that looks at nothing: real,
synthetic, in turns, which is what a guess is worth. Prints the answers' CSV and the summary, as the page serves them.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

WAIT_S = 120
HIGH_PX = 1100


def main(argv: Sequence[str] | None = None) -> None:
    """Takes the screenshots and answers a quiz. Prints its CSV and its summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="http://127.0.0.1:7860")
    parser.add_argument("--out", type=Path, required=True, help="folder of both pictures")
    parser.add_argument("--questions", type=int, default=6)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as profile:
        page = Page(profile)
        try:
            wide(page, options.address).save(options.out / "app.png", optimize=True)
            look, quiz, file = narrow(page, options.address, options.questions)
            side_by_side(look, quiz, file).save(options.out / "app_360.png", optimize=True)
            for link in page.all("#quiz-score a"):
                with urllib.request.urlopen(link.get_attribute("href")) as answer:
                    print(answer.read().decode())
        finally:
            page.driver.quit()


class Page:
    """Chromium without a window."""

    def __init__(self, profile: str):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(flag)
        options.add_argument(f"--user-data-dir={profile}")
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))

    def open(self, address: str, width: int, height: int) -> None:
        """Goes to the page, and waits for its first ECGs."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get(address)
        self.until(lambda: len(self.all("#look-shown figure")) > 1)

    def all(self, selector: str) -> list[Any]:
        """Elements."""
        return self.driver.find_elements("css selector", selector)

    def html(self, selector: str) -> str:
        """What stands in the first."""
        found = self.all(selector)
        return found[0].get_attribute("innerHTML") if found else ""

    def until(self, condition: Callable[[], object]) -> None:
        """Waits for something."""
        ends = time.monotonic() + WAIT_S
        while not condition():
            if time.monotonic() > ends:
                raise SystemExit(f"The page did not answer: {self.all('body')[0].text[:500]}")
            time.sleep(0.1)

    def press(self, *keys: str) -> None:
        """Presses keys where the focus is."""
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def picture(self, whole: bool = True) -> Image.Image:
        """The page, all of it or what is seen at once."""
        time.sleep(1.5)
        if whole:
            size = self.driver.execute_script(
                "return [document.documentElement.clientWidth, document.body.scrollHeight]"
            )
            metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            time.sleep(0.5)
        return Image.open(io.BytesIO(self.driver.get_screenshot_as_png())).convert("RGB")


def wide(page: Page, address: str) -> Image.Image:
    """New ECGs beside measured ones, at 1280 pixels."""
    page.open(address, 1280, 900)
    return page.picture()


def narrow(page: Page, address: str, questions: int) -> tuple[Image.Image, Image.Image, Image.Image]:
    """The way between two seeds, a quiz and a download, at 360 pixels."""
    page.open(address, 360, HIGH_PX)
    # The second of the two ways to look.
    page.all("#look-mode input")[1].click()
    page.until(
        lambda: (
            page.all("#look-end-seed textarea, #look-end-seed input")
            and page.all("#look-end-seed textarea, #look-end-seed input")[0].is_displayed()
        )
    )
    page.all("#look-end-seed textarea, #look-end-seed input")[0].send_keys("9")
    page.all("#look-draw")[0].click()
    page.until(lambda: "seed 9" in page.html("#look-shown"))
    page.driver.execute_script("document.querySelector('#look-mode').scrollIntoView()")
    look = page.picture(whole=False)

    page.all("#quiz-tab-button")[0].click()
    page.until(lambda: page.all("#quiz-observer textarea, #quiz-observer input"))
    page.all("#quiz-observer textarea, #quiz-observer input")[0].send_keys("Ada")
    page.all("#quiz-start")[0].click()
    for item in range(1, questions + 1):
        page.until(lambda n=item: f"ECG {n} of" in page.html("#quiz-question"))
        page.until(lambda: page.all("#quiz-real")[0].is_enabled())
        page.press("rs"[item % 2])
        page.until(lambda: page.all("#quiz-told .verdict"))
        if item < questions:
            page.press("n")
    page.driver.execute_script("window.scrollTo(0, 0)")
    quiz = page.picture(whole=False)

    page.all("#file-tab-button")[0].click()
    page.until(lambda: page.all("#file-make") and page.all("#file-make")[0].is_displayed())
    page.all("#file-make")[0].click()
    page.until(lambda: page.all("#file-made a"))
    page.driver.execute_script("window.scrollTo(0, 0)")
    file = page.picture(whole=False)
    page.all("#quiz-tab-button")[0].click()
    page.until(lambda: page.all("#quiz-score a"))
    return look, quiz, file


def side_by_side(*pictures: Image.Image) -> Image.Image:
    """Pictures of one height with a gray line between them."""
    wide_px = sum(picture.width + 20 for picture in pictures) - 20
    sheet = Image.new("RGB", (wide_px, HIGH_PX), (120, 120, 120))
    left = 0
    for picture in pictures:
        sheet.paste(picture.crop((0, 0, picture.width, HIGH_PX)), (left, 0))
        left += picture.width + 20
    return sheet


if __name__ == "__main__":
    main()
