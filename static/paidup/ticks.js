// What was ticked in a list is ticked again where somebody comes back by Cancel or another link to it.
// After the act itself nothing is: what was ticked stands otherwise then.
(() => {
    const KEY = "paidup-ticks";
    const kept = () => JSON.parse(sessionStorage.getItem(KEY) || "null");
    const keep = (what) => sessionStorage.setItem(KEY, JSON.stringify(what));
    const here = location.pathname + location.search;
    const boxes = (form) => [...form.querySelectorAll("input.action-select")];

    document.addEventListener("click", (event) => {
        const link = event.target.closest("a[href]");
        const ticked = kept();
        if (link && ticked && link.pathname + link.search === ticked.page) keep({ ...ticked, isBack: true });
    }, true);

    window.addEventListener("load", () => {
        const form = document.getElementById("changelist-form");
        if (!form) return;
        const ticked = kept();
        sessionStorage.removeItem(KEY);
        if (ticked && ticked.isBack && ticked.page === here) {
            boxes(form).filter((box) => ticked.ids.includes(box.value) && !box.checked).forEach((box) => box.click());
            if (ticked.isAcross) form.querySelector(".question a")?.click();
        }
        form.addEventListener("submit", () => {
            const ids = boxes(form).filter((box) => box.checked).map((box) => box.value);
            const across = form.querySelector("input[name=select_across]");
            if (ids.length) keep({ page: here, ids, isAcross: across?.value === "1" });
        });
    });
})();
