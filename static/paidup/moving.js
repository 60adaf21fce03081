// Fetches the part of a page that moves until the server says that it is at rest.
(() => {
  const EVERY = 1500;
  const box = document.querySelector("[data-moving]");
  if (!box) return;

  const again = () => {
    if (box.querySelector("[data-still-moving]")) setTimeout(fetchPart, EVERY);
  };

  async function fetchPart() {
    try {
      const answer = await fetch(box.dataset.moving, { credentials: "same-origin" });
      // A redirect means that the session ended: leave what is shown as it is.
      if (answer.ok && !answer.redirected) box.innerHTML = await answer.text();
      if (answer.redirected) return;
    } catch (error) {
      console.warn("The server did not answer; asking again.", error);
    }
    again();
  }

  again();
})();
