// Shows how far a verification or a trial is, and the page anew once it has finished.
(() => {
  const EVERY = 800;
  const card = document.querySelector("[data-progress-url]");
  if (!card) return;
  const step = card.querySelector("[data-progress-step]");
  const text = card.querySelector("[data-progress-text]");
  const bar = card.querySelector("[data-progress-bar]");

  const show = (progress) => {
    step.textContent = progress.step;
    text.textContent = progress.text;
    bar.style.width = `${Math.max(progress.percent, 3)}%`;
    bar.parentElement.setAttribute("aria-valuenow", progress.percent);
  };

  const look = async () => {
    try {
      const answer = await fetch(card.dataset.progressUrl, { credentials: "same-origin" });
      // A redirect means that the session ended: leave what is shown as it is.
      if (answer.redirected) return;
      if (answer.ok) {
        const progress = await answer.json();
        if (progress.finished) return location.reload();
        if (bar) show(progress);
      }
    } catch {
      // The site is out of reach for a moment: ask again.
    }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
})();
