"""The page in Gradio: fields, buttons, and which function of `view` fills what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from ecg_synth.app import cards, view
from ecg_synth.app.answers import REAL, SYNTHETIC, AnswerFile
from ecg_synth.app.downloads import FORMATS
from ecg_synth.app.fields import class_choices, lead_choices, model_fields, private, rate_field
from ecg_synth.app.view import House
from ecg_synth.errors import EcgSynthError

HERE = Path(__file__).parent
NEW, WAY = "new ECGs", "the way between two"
HEAD = (
    "# Synthetic ECGs\n"
    "Made by a neural network. **Not for clinical use**; their privacy has not been audited: treat them as "
    "confidential as the data that the model was trained on."
)
# One computation at a time: the models share the machine.
BUSY: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "model", "api_visibility": "private"}
QUICK: dict[str, Any] = {
    "concurrency_limit": 8,
    "concurrency_id": "quiz",
    "api_visibility": "private",
    "show_progress": "hidden",
}
TO_QUESTION = "() => document.getElementById('quiz-question').scrollIntoView({block: 'start'})"


def build(house: House, answers: AnswerFile, folder: str | Path) -> gr.Blocks:
    """Returns the page.

    Args:
        house: Models and real ECGs.
        answers: Where the quiz writes.
        folder: Where downloads are made; what is older than an hour is removed by Gradio.
    """
    with gr.Blocks(title="Synthetic ECGs", analytics_enabled=False, delete_cache=(600, 3600)) as page:
        gr.Markdown(HEAD)
        with gr.Tabs():
            with gr.Tab("Look", elem_id="look-tab"):
                _look(house, page)
            with gr.Tab("Real or synthetic?", elem_id="quiz-tab"):
                _quiz(house, answers)
            with gr.Tab("Download", elem_id="file-tab"):
                _download(house, folder)
        gr.HTML(f'<p class="note">{"<br>".join(cards.escape(line) for line in _about(house))}</p>')
    return page


def settings() -> dict[str, Any]:
    """Returns what Gradio takes when the page is served: looks and keys, nothing of which comes from a network."""
    return {
        # Fonts that the machine has.
        "theme": gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        # In the head: Gradio would hold `css` to what is inside its own container.
        "head": f"<style>{(HERE / 'page.css').read_text(encoding='utf-8')}</style>",
        "js": (HERE / "keys.js").read_text(encoding="utf-8"),
        "footer_links": [],
        "show_error": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": False,
        "run_history": False,
        # The page takes no files.
        "max_file_size": "1kb",
    }


def _about(house: House) -> list[str]:
    lines = [model.describe() for model in house.models.values()]
    return [*lines, f"Beside them: {house.real.describe()}" if house.real else "No real ECGs: started without --real"]


def _guarded(function: Callable[..., Any], outputs: int) -> Callable[..., Any]:
    """Puts the package's errors into the first output; the others stay as they are."""

    def guarded(*fields: Any) -> Any:
        try:
            return ("", *function(*fields))
        except EcgSynthError as error:
            return (cards.problem(str(error)), *[gr.skip()] * outputs)

    return guarded


def _look(house: House, page: gr.Blocks) -> None:
    most, first = house.config.max_shown, next(iter(house.models))
    with gr.Row():
        with gr.Column(scale=1, min_width=260):
            model, of_class, seed = model_fields(house, "look")
            rate = rate_field(house, "look", model)
            count = gr.Slider(1, most, value=min(4, most), step=1, label="How many", elem_id="look-count")
            leads = gr.CheckboxGroup(**lead_choices(house, first), label="Leads", elem_id="look-leads")
            mode = gr.Radio([NEW, WAY], value=NEW, label="Show", elem_id="look-mode")
            with gr.Group(visible=False) as ends:
                start = gr.Number(0, label="From number (of this seed)", elem_id="look-start")
                end = gr.Number(1, label="To number", elem_id="look-end")
                # Not a number: Gradio shows an empty one, and sends it, as 0.
                end_seed = gr.Textbox(label="To seed; empty: the same", max_lines=1, elem_id="look-end-seed")
                end_class = gr.Dropdown(**class_choices(house, first), label="To class", filterable=False)
            truncation = gr.Slider(0, 2, value=1, step=0.05, label="Truncation: below 1 cleaner, less varied")
            beside = gr.Checkbox(
                house.real is not None,
                label="Beside real ones",
                interactive=house.real is not None,
                elem_id="look-real",
            )
            images = gr.Checkbox(True, label="The image that the network sees", elem_id="look-images")
            draw = gr.Button("Draw", variant="primary", elem_id="look-draw")
        with gr.Column(scale=3, min_width=280):
            problem = gr.HTML(elem_id="look-problem")
            shown = gr.HTML(elem_id="look-shown")
    quiet: dict[str, Any] = {"show_progress": "hidden", **private()}
    model.change(lambda name: gr.update(**lead_choices(house, name)), model, leads, **quiet)
    model.change(lambda name: gr.update(**class_choices(house, name)), model, end_class, **quiet)
    mode.change(
        lambda name: [gr.update(visible=name == WAY), *[gr.update(visible=name == NEW)] * 2],
        mode,
        [ends, truncation, beside],
        **quiet,
    )

    def look(name, kind, number, many, which, how, low, high, to, last, scale, with_real, with_images, beats):
        if how == WAY:
            return (view.way(house, name, (kind, last), (low, high), (number, to), many, which, with_images, beats),)
        return (view.drawn(house, name, kind, number, many, which, scale, with_real, with_images, beats),)

    fields = [model, of_class, seed, count, leads, mode, start, end, end_seed, end_class, truncation, beside, images]
    gr.on(
        [draw.click, seed.submit, rate.submit, page.load], _guarded(look, 1), [*fields, rate], [problem, shown], **BUSY
    )


def _quiz(house: House, answers: AnswerFile) -> None:
    quiz = gr.State(None)
    gr.Markdown(
        "One ECG at a time: is it from a person or from the network? Real ones went through the same steps as the "
        "synthetic. Keys: **R** real, **S** synthetic, **N** next."
    )
    with gr.Accordion("Observer and questions", open=True) as setup:
        with gr.Row():
            observer = gr.Textbox(label="Observer: a name or pseudonym", max_lines=1, elem_id="quiz-observer")
            many = gr.Number(house.config.questions, label="Questions", elem_id="quiz-count", minimum=None)
        with gr.Row():
            model, of_class, seed = model_fields(house, "quiz")
        start = gr.Button("Start, or go on", variant="primary", elem_id="quiz-start")
    problem = gr.HTML(elem_id="quiz-problem")
    asked = gr.HTML(elem_id="quiz-question")
    with gr.Row(elem_id="quiz-buttons"):
        buttons = [
            gr.Button(words, interactive=False, elem_id=f"quiz-{key}", min_width=90)
            for key, words in (("real", "Real (R)"), ("synthetic", "Synthetic (S)"), ("next", "Next (N)"))
        ]
    told = gr.HTML(elem_id="quiz-told")
    score = gr.HTML(elem_id="quiz-score")

    def usable(is_waiting: bool, more: bool) -> list[Any]:
        return [gr.update(interactive=is_waiting)] * 2 + [gr.update(interactive=more)]

    def begin(name, number, which, kind, chosen_seed):
        made = view.quiz(house, name, which, kind, number, chosen_seed, answers)
        return made, *after(made), gr.update(open=False)

    def after(made):
        question = made.ask()
        return view.question(question), "", view.score(made), *usable(question is not None, False)

    def reply(word):
        def answered(made):
            row = view.running(made).answer(word)
            if row is None:
                return [gr.skip()] * 5
            return view.verdict(row), view.score(made), *usable(False, True)

        return _guarded(answered, 5)

    def go_on(made):
        return [gr.skip()] * 6 if view.running(made).is_waiting else after(made)

    shown = [asked, told, score, *buttons]
    begun = gr.on(
        [start.click, observer.submit],
        _guarded(begin, 8),
        [observer, many, model, of_class, seed],
        [problem, quiz, *shown, setup],
        **BUSY,
    )
    begun.success(None, js=TO_QUESTION, **private())
    for button, word in zip(buttons, (REAL, SYNTHETIC), strict=False):
        button.click(reply(word), quiz, [problem, told, score, *buttons], **QUICK)
    buttons[2].click(_guarded(go_on, 6), quiz, [problem, *shown], **QUICK)


def _download(house: House, folder: str | Path) -> None:
    with gr.Row():
        with gr.Column(scale=1, min_width=260):
            model, of_class, seed = model_fields(house, "file")
            rate = rate_field(house, "file", model)
            count = gr.Number(10, label=f"How many, up to {house.config.max_count}", elem_id="file-count")
            truncation = gr.Slider(0, 2, value=1, step=0.05, label="Truncation")
            choices = [(words, name) for name, words in FORMATS.items()]
            form = gr.Radio(choices, value=choices[0][1], label="Format", elem_id="file-format")
            make = gr.Button("Make the file", variant="primary", elem_id="file-make")
        with gr.Column(scale=1, min_width=280):
            problem = gr.HTML(elem_id="file-problem")
            made = gr.File(label="Zip file, marked synthetic", interactive=False, elem_id="file-made")

    def pack(name, kind, number, many, scale, file_format, beats):
        return (str(view.zipped(house, name, kind, number, many, scale, file_format, folder, beats)),)

    fields = [model, of_class, seed, count, truncation, form, rate]
    gr.on([make.click, seed.submit, count.submit], _guarded(pack, 1), fields, [problem, made], **BUSY)
