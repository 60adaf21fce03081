// Shows how far a request is, and the page anew once it has finished; but never under somebody's
// hand: what is ticked, typed, held or just sent stays, and a link offers the page anew instead.
(() => {
  const EVERY = 800;
  const card = document.querySelector("[data-progress-url]");
  if (!card) return;
  const step = card.querySelector("[data-progress-step]");
  const text = card.querySelector("[data-progress-text]");
  const bar = card.querySelector("[data-progress-bar]");

  const entered = () => JSON.stringify([...document.forms].map((form) => [...new FormData(form)]));
  let before = entered();
  addEventListener("load", () => (before = entered())); // other scripts have filled in theirs
  let isPressing = false;
  let isLeaving = false;
  addEventListener("pointerdown", () => (isPressing = true), true);
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, () => (isPressing = false), true);
  }
  addEventListener("beforeunload", () => (isLeaving = true));
  const isAtWork = () =>
    isPressing ||
    document.activeElement !== document.body ||
    !getSelection().isCollapsed ||
    entered() !== before;

  const show = (progress) => {
    step.textContent = progress.step;
    text.textContent = progress.text;
    bar.style.width = `${Math.max(progress.percent, 3)}%`;
    bar.parentElement.setAttribute("aria-valuenow", progress.percent);
  };

  const offer = () => {
    const link = document.createElement("a");
    link.className = "paidup-link";
    link.href = location.href;
    link.textContent = "Finished: show it";
    card.append(" ", link);
  };

  const showAnew = () => {
    if (isLeaving) return;
    if (!isAtWork()) return location.reload();
    if (!card.querySelector("a")) offer();
    setTimeout(showAnew, EVERY);
  };

  const look = async () => {
    try {
      const answer = await fetch(card.dataset.progressUrl, { credentials: "same-origin" });
      // A redirect means that the session ended: leave what is shown as it is.
      if (answer.redirected) return;
      if (answer.ok) {
        const progress = await answer.json();
        if (progress.finished) return showAnew();
        if (bar) show(progress);
      }
    } catch {
      // The site is out of reach for a moment: ask again.
    }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
})();
