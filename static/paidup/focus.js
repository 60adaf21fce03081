// Puts the cursor where the page asks for it: browsers drop autofocus while a page is still hidden.
addEventListener("load", () => {
  if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();
});
