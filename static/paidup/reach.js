// What the theme lets only a mouse press becomes a button: Tab reaches it, Enter and space press it,
// and it says whether what it opens is open. Icons are drawn by words that nobody is to hear.
(() => {
  // Pages say the words (base.html); scripts stand in their head, so they are asked for when needed.
  const word = (name) => document.getElementById("paidup-words")?.dataset[name] ?? "";
  const NAMES = { dock_to_right: "menu", close: "close", more_horiz: "actions", more_vert: "more", search: "search", task_alt: "home" };
  const NATIVE = 'a[href]:not([href="#"]), button, input, select, textarea, summary';
  const OPENED = "nav, #filter-form";
  const INSIDE = "a[href], button, input:not([type=hidden]), select";

  const label = (thing) => {
    const words = [...thing.querySelectorAll(".material-symbols-outlined"), thing].filter(
      (part) => part.matches(".material-symbols-outlined"),
    );
    const name = word(words.map((icon) => NAMES[icon.textContent.trim()]).find(Boolean));
    const isIcon = words.includes(thing);
    const said = !isIcon && [...thing.childNodes].some((part) => !words.includes(part) && part.textContent.trim());
    if (name && !said && !thing.title) thing.setAttribute("aria-label", name);
  };
  const hush = (part) => {
    for (const button of part.querySelectorAll("button, a")) label(button);
    for (const icon of part.querySelectorAll(".material-symbols-outlined:not([role])")) {
      icon.setAttribute("aria-hidden", "true");
    }
  };

  const shown = () => [...document.querySelectorAll(OPENED)].filter((part) => part.checkVisibility());
  // Focus goes into what a press opened, and comes back when that is left.
  const enter = (thing, before) => {
    const opened = shown().find((part) => !before.includes(part));
    const parts = opened ? [...opened.querySelectorAll(INSIDE)].filter((part) => part.checkVisibility()) : [];
    if (!parts.length) return;
    parts[0].focus();
    opened.addEventListener("keydown", function leave(event) {
      const edge = event.shiftKey ? parts[0] : parts.at(-1);
      const isLeft = event.key === "Escape" || (event.key === "Tab" && event.target === edge);
      if (!isLeft) return;
      opened.removeEventListener("keydown", leave);
      if (opened.checkVisibility()) thing.click();
      thing.focus();
      if (event.key === "Escape") event.stopPropagation();
    });
  };

  const asButton = (thing) => {
    const does = thing.getAttribute("x-on:click");
    const opens = /^\s*(\w+)\s*=\s*(?:!\s*\1|true)\b/.exec(does)?.[1];
    if (/^\s*\w+\s*=\s*false\s*$/.test(does)) return; // what lies behind an opened part: Escape does it
    if (opens) thing.setAttribute("x-bind:aria-expanded", `${opens} ? 'true' : 'false'`);
    if (thing.matches(NATIVE)) return;
    label(thing);
    thing.setAttribute("role", "button");
    thing.tabIndex = 0;
    thing.addEventListener("keydown", (event) => {
      if (event.target !== thing || !["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      const before = shown();
      thing.click();
      setTimeout(() => enter(thing, before), 200); // the theme fades it in
    });
    if (thing.matches('[href="#"]')) thing.addEventListener("click", (event) => event.preventDefault());
  };

  // What other scripts built: a search field takes the label of the select that it stands for, a
  // cell's field and a column of bins their names, as landmarks do, and what scrolls is none.
  const mend = () => {
    for (const box of document.querySelectorAll(".select2-selection")) {
      const label = box.closest(".select2")?.previousElementSibling?.labels?.[0];
      const value = box.querySelector(".select2-selection__rendered");
      if (!label || !value) continue;
      label.id ||= `${label.htmlFor}-label`;
      box.setAttribute("aria-labelledby", `${label.id} ${value.id}`);
      value.setAttribute("aria-labelledby", label.id);
    }
    for (const part of document.querySelectorAll("nav:not([aria-label])")) {
      const isMenu = part.id === "nav-sidebar-inner";
      part.setAttribute("aria-label", word(isMenu ? "menu" : part.closest("#content") ? "tabs" : "act"));
    }
    for (const cell of document.querySelectorAll("td[data-label]")) {
      for (const field of cell.querySelectorAll("select, input:not([type=hidden]), textarea")) {
        if (!field.labels.length && !field.ariaLabel) field.ariaLabel = cell.dataset.label;
      }
    }
    for (const head of document.querySelectorAll("[data-inline-type] th")) {
      if (head.textContent.trim() || head.children.length) continue;
      const unseen = document.createElement("span");
      unseen.className = "paidup-unseen";
      unseen.textContent = word("remove");
      head.replaceChildren(unseen);
    }
    for (const box of document.querySelectorAll(".simplebar-content-wrapper")) {
      box.setAttribute("role", "group");
    }
  };

  // A way past the menu leads to the page or straight onto a button, and leaves the address as it is:
  // a form would take the place along to its next page.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".paidup-skip");
    const part = link && document.querySelector(link.hash);
    if (!part) return;
    event.preventDefault();
    const to = part.querySelector(":scope:not(#main) :is(button, a[href])") ?? part;
    if (to === part) part.tabIndex = -1;
    to.focus();
  });

  document.addEventListener("alpine:init", () => {
    for (const thing of document.querySelectorAll("[x-on\\:click]")) asButton(thing);
    hush(document);
    const finder = document.querySelector('[x-data="searchCommand()"]');
    for (const [name, value] of Object.entries({ role: "dialog", "aria-modal": "true", "aria-label": word("find") })) {
      finder?.setAttribute(name, value);
    }
  });
  document.addEventListener("htmx:load", ({ detail }) => hush(detail.elt));
  addEventListener("load", () => setTimeout(mend)); // after theirs
})();
