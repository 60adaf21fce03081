// No page may evaluate a text. Alpine's CSP build parses single expressions instead: it knows no
// global, no function that is not registered, and no statements. This gives it those of the theme.
addEventListener("alpine:init", () => {
  const address = {
    get pathname() { return location.pathname; },
    get search() { return location.search; },
    get hash() { return location.hash; },
    set href(to) { location.href = to; },
  };
  const isOpen = () => localStorage.getItem("sidebarDesktopOpen") !== "0";
  const remember = (open) => localStorage.setItem("sidebarDesktopOpen", open ? "1" : "0");
  const page = { window: { location: address }, activeTab: "", getCurrentTab, isOpen, remember };

  Alpine.data("theme", (chosen) => ({ ...theme(chosen), ...page }));
  for (const component of [searchCommand, searchForm]) Alpine.data(component.name, component);

  document.body.setAttribute("x-data", document.body.getAttribute("x-data").replace(
    /sidebarDesktopOpen:[^,}]*/, "sidebarDesktopOpen: isOpen()"));
  document.body.setAttribute("x-init", "activeTab = getCurrentTab() || activeTab");
  document.body.setAttribute("x-effect", "remember(sidebarDesktopOpen)");
  const change = (selector, name, expression) => {
    for (const found of document.querySelectorAll(selector))
      found.setAttribute(name, expression(found.getAttribute(name)));
  };
  change('[x-on\\:click*="localStorage"]', "x-on:click", (all) => all.split(";")[0]);
  change("#search-input-command", "x-on:keydown.enter.prevent",
    (all) => all.replace(/^if \((.*)\) select/, "$1 && select"));
});
