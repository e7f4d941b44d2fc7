"""The page in a browser: by keyboard, at 360 pixels, and without a network."""

import csv
import importlib.util
import json
import shutil
import threading
import time

import pytest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
NEEDS = [
    *(f"the package {name}" for name in ("gradio", "selenium") if importlib.util.find_spec(name) is None),
    *(() if CHROMIUM and DRIVER else ("Debian's chromium and chromium-driver",)),
]
pytestmark = pytest.mark.skipif(bool(NEEDS), reason=f"the page's test in a browser needs {', '.join(NEEDS)}")
WAIT = 60


@pytest.fixture
def address(house, tmp_path):
    import uvicorn

    from ecg_synth.app.run import make_app
    from ecg_synth.serving.rest.run import listen

    (tmp_path / "cache").mkdir()
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(
        uvicorn.Config(make_app(house, tmp_path / "cache"), log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    listening.close()


class Browser:
    """Chromium, with the few things that the test does with it."""

    def __init__(self, profile):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--no-first-run",
            f"--user-data-dir={profile}",
        ):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))

    def width(self, pixels):
        size = {"width": pixels, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        return self

    def find(self, selector):
        return self.driver.find_elements("css selector", selector)

    def html(self, selector):
        found = self.find(selector)
        return found[0].get_attribute("innerHTML") if found else ""

    def until(self, condition):
        ends = time.monotonic() + WAIT
        while not condition():
            assert time.monotonic() < ends, self.driver.find_element("css selector", "body").text
            time.sleep(0.05)

    def press(self, *keys):
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def fill(self, text):
        """Replaces what stands in the field that has the focus, and presses Enter."""
        from selenium.webdriver import ActionChains, Keys

        chain = ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL)
        chain.send_keys(text, Keys.ENTER).perform()

    def open_tab(self, name, first):
        """Goes to a tab by keyboard, and waits for its element `first`."""
        from selenium.webdriver import Keys

        self.tab_to(f"{name}-tab-button")
        self.press(Keys.ENTER)
        self.until(lambda: self.find(f"#{first}") and self.find(f"#{first}")[0].is_displayed())

    def tab_to(self, element_id):
        """Presses Tab until the focus is on, or in, an element."""
        from selenium.webdriver import Keys

        within = f"return !!document.activeElement.closest('#{element_id}')"
        for _ in range(80):
            if self.driver.execute_script(within):
                return
            self.press(Keys.TAB)
        raise AssertionError(f"the keyboard does not reach {element_id}")

    def choose(self, element_id, option):
        """Chooses of the drop-down that has the focus, key by key: each is pressed when the last one has worked."""
        from selenium.webdriver import Keys

        field = self.find(f"#{element_id} input")[0]
        # Keys pressed before the list has opened are lost.
        self.until(lambda: field.get_attribute("aria-expanded") == "true")
        names = [item.get_attribute("aria-label") for item in self.find(f"#{element_id} [role=option]")]
        at = names.index(field.get_property("value"))
        for number in range(at + 1, names.index(option) + 1):
            self.press(Keys.ARROW_DOWN)
            self.until(lambda n=number: (field.get_attribute("aria-activedescendant") or "").endswith(f"-option-{n}"))
        self.press(Keys.ENTER)
        self.until(lambda: field.get_property("value") == option)

    def overflow(self):
        return self.driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")

    def asked_for(self):
        """Returns the addresses of all requests so far."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [message["params"] for message in messages if message["method"] == "Network.requestWillBeSent"]
        return {params["request"]["url"] for params in sent}


@pytest.fixture
def browser(tmp_path):
    browser = Browser(tmp_path / "profile")
    yield browser
    browser.driver.quit()


def test_the_page_by_keyboard_on_a_telephone_without_a_network(address, browser, house):
    from selenium.webdriver import Keys

    browser.width(360).driver.get(address)
    # The first ECGs come by themselves, beside real ones.
    browser.until(lambda: len(browser.find("#look-shown figure")) == 6)
    assert "class NORM" in browser.html("#look-shown")
    assert "class MI" in browser.html("#look-shown")
    assert browser.overflow() <= 0

    # Another class, by keyboard alone.
    browser.tab_to("look-class")
    browser.choose("look-class", "MI & <more>")
    browser.tab_to("look-seed")
    # No list stays open behind who has left it.
    browser.until(lambda: not browser.find("[role=listbox]"))
    browser.fill("5")
    browser.until(lambda: "seed 5, no. 2, class " in browser.html("#look-shown"))
    shown = browser.html("#look-shown")
    kind = browser.find("#look-class input")[0].get_property("value")
    assert kind == "MI & <more>"
    # In the caption and in the words for who cannot see it.
    assert shown.count("class MI &amp; ") == 2 * 3
    assert "class NORM" not in shown

    # The way between two goes to the same seed, unless another is given.
    # Gradio names each radio button for itself: Tab goes from one to the next, Space chooses.
    browser.tab_to("look-mode")
    browser.press(Keys.TAB, Keys.SPACE)
    browser.until(
        lambda: (
            browser.find("#look-end-seed textarea, #look-end-seed input")
            and browser.find("#look-end-seed textarea, #look-end-seed input")[0].is_displayed()
        )
    )
    assert browser.find("#look-end-seed textarea, #look-end-seed input")[0].get_property("value") == ""
    browser.tab_to("look-draw")
    browser.press(Keys.ENTER)
    browser.until(lambda: "seed 5, no. 0 to 1" in browser.html("#look-shown"))
    assert "seed 0" not in browser.html("#look-shown")
    browser.tab_to("look-end-seed")
    browser.fill("6")
    browser.tab_to("look-draw")
    browser.press(Keys.ENTER)
    browser.until(lambda: "seed 5, no. 0 to seed 6, no. 1" in browser.html("#look-shown"))
    shown = browser.html("#look-shown")

    # A bad seed is an error on the page, in the package's words, and the ECGs stay.
    browser.tab_to("look-seed")
    browser.fill("-1")
    browser.until(lambda: "A seed must be an integer from 0" in browser.html("#look-problem"))
    assert browser.html("#look-shown") == shown

    # Three questions of the quiz.
    browser.open_tab("quiz", "quiz-observer")
    browser.tab_to("quiz-observer")
    browser.fill("Ada R. Sn")
    pictures = set()
    for item, key in enumerate("rsr", start=1):
        browser.until(lambda n=item: f"ECG {n} of" in browser.html("#quiz-question"))
        browser.until(lambda: browser.find("#quiz-real")[0].is_enabled())
        question = browser.html("#quiz-question")
        assert not any(word in question.lower() for word in ("synthetic", "simulated", "measured", "seed", "tiny"))
        assert not browser.find("#quiz-told .verdict")
        pictures.add(question)
        browser.press(key)
        browser.until(lambda: browser.find("#quiz-told .verdict"))
        assert f"after {item}" in browser.html("#quiz-score")
        assert browser.overflow() <= 0
        browser.press("n")
    browser.until(lambda: "ECG 4 of" in browser.html("#quiz-question"))
    assert len(pictures) == 3

    with open(house.config.answers, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["observer"], row["item"], row["answer"]) for row in rows] == [
        ("Ada R. Sn", "1", "real"),
        ("Ada R. Sn", "2", "synthetic"),
        ("Ada R. Sn", "3", "real"),
    ]
    assert {row["truth"] for row in rows} <= {"simulated", "synthetic"}
    assert {row["model"] for row in rows} == {"tiny"}

    # A download.
    browser.open_tab("file", "file-make")
    browser.tab_to("file-make")
    browser.press(Keys.ENTER)
    browser.until(lambda: browser.find("#file-made a"))
    assert browser.find("#file-made a")[0].get_attribute("href").endswith("/synthetic_tiny_seed0_10_wfdb.zip")
    assert browser.overflow() <= 0

    asked = browser.asked_for()
    assert f"{address}/" in asked
    # What the browser shows before it goes to the page has addresses of its own.
    outside = {url for url in asked if not url.startswith((address, "data:", "blob:", "chrome:"))}
    assert not outside
    said = [entry["message"] for entry in browser.driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert not said
