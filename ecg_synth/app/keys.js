() => {
  // The quiz by keyboard, wherever the focus is, except where text is typed.
  const buttons = { r: 'quiz-real', s: 'quiz-synthetic', n: 'quiz-next' };
  const typed = ['text', 'number', 'search', 'email', 'password'];
  document.addEventListener('keydown', (event) => {
    const at = event.target;
    const writes = at.tagName === 'TEXTAREA' || at.isContentEditable ||
      (at.tagName === 'INPUT' && typed.includes(at.type));
    const button = document.getElementById(buttons[event.key.toLowerCase()]);
    if (writes || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !button) return;
    if (button.offsetParent === null || button.disabled) return;
    event.preventDefault();
    button.click();
  });
  // Gradio 6.31 opens a drop-down's list at any other key, Tab too, after the focus has gone on: it would stay open.
  const chooses = ['ArrowDown', 'ArrowUp', 'Home', 'End', 'Enter', 'Escape'];
  window.addEventListener('keydown', (event) => {
    if (event.target.role === 'combobox' && !chooses.includes(event.key)) event.stopPropagation();
  }, true);
}
