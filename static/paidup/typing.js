// An invoice adds up while it is typed, and rows pasted from a spreadsheet become its lines.
(() => {
  const shown = document.getElementById("paidup-sums");
  const inline = document.getElementById("lines-group");
  if (!shown || !inline) return;
  const cell = (line, name) => document.getElementById(`id_lines-${line}-${name}`);
  const count = () => Number(document.getElementById("id_lines-TOTAL_FORMS").value);
  const lines = () => [...Array(count()).keys()].filter((line) => cell(line, "quantity"));

  // Exact: whole numbers of a ten-thousandth, never a float. Null where it is no number.
  const exact = (text) => {
    const found = /^\s*(-?)(\d*)(?:\.(\d{0,4}))?\s*$/.exec(text ?? "");
    if (!found || !(found[2] || found[3])) return null;
    const size = BigInt((found[2] || "0") + (found[3] ?? "").padEnd(4, "0"));
    return found[1] ? -size : size;
  };
  const CENT = 100n;
  const halfUp = (value, unit) => {
    const [size, sign] = value < 0n ? [-value, -1n] : [value, 1n];
    return sign * ((size + unit / 2n) / unit);
  };
  const words = (cents) => {
    const text = (cents < 0n ? -cents : cents).toString().padStart(3, "0");
    return `${cents < 0n ? "-" : ""}${text.slice(0, -2)}.${text.slice(-2)}`;
  };
  const cents = (text) => {
    const value = exact(text);
    return value === null || value % CENT ? null : value / CENT;
  };

  // The page has the sentences, in the person's language.
  const say = (name, figures = {}) =>
    Object.entries(figures).reduce((text, [place, figure]) => text.replace(`{${place}}`, figure), shown.dataset[name]);

  const amountOf = (line) => {
    const field = cell(line, "amount");
    const [quantity, price] = [exact(cell(line, "quantity").value), exact(cell(line, "unit_price").value)];
    const product = quantity === null || price === null ? null : quantity * price;
    const rounded = product === null ? null : halfUp(product, 1000000n);
    field.placeholder = rounded === null ? "" : words(rounded);
    const isRounded = rounded !== null && rounded * 1000000n !== product && field.value.trim() === "";
    field.title = isRounded ? say("rounded", { amount: words(rounded) }) : "";
    return field.value.trim() === "" ? rounded : cents(field.value);
  };

  const addUp = () => {
    const kept = lines().filter((line) => !cell(line, "DELETE")?.checked);
    const amounts = kept.map(amountOf);
    const rounded = kept.filter((line) => cell(line, "amount").title).length;
    const beside = (name) => cents(document.getElementById(`id_${name}`)?.value || "0");
    const [discount, tax] = [beside("discount_total"), beside("tax_total")];
    shown.hidden = amounts.every((amount) => amount === null);
    if (shown.hidden) return;
    if ([...amounts, discount, tax].includes(null)) {
      shown.textContent = say("none");
      return;
    }
    const sum = amounts.reduce((one, other) => one + other, 0n);
    const parts = [say("lines", { amount: words(sum) })];
    if (discount) parts.push(say("discount", { amount: words(discount) }));
    if (tax) parts.push(say("tax", { amount: words(tax) }));
    const note = rounded ? say(rounded === 1 ? "one" : "many", { count: rounded }) : "";
    const total = say("total", { amount: words(sum - discount + tax) });
    shown.textContent = `${parts.join(", ")}: ${total} ${note}`.trim();
  };

  const COLUMNS = {
    1: ["service"],
    2: ["service", "amount"],
    3: ["service", "quantity", "unit_price"],
    4: ["service", "description", "quantity", "unit_price"],
    5: ["service", "description", "quantity", "unit_price", "amount"],
  };
  const NUMBERS = ["quantity", "unit_price", "amount"];
  const usual = (text) => text.replace(/^\$\s*/, "").replace(/,(?=\d{3}(?:[.,]|$))/g, "");

  const paste = (event) => {
    const text = event.clipboardData.getData("text/plain").replace(/[\r\n]+$/, "");
    const at = lines().find((line) => event.target.id.startsWith(`id_lines-${line}-`));
    if (at === undefined || !/[\t\n]/.test(text)) return;
    const rows = text.split(/\r?\n/).map((row) => row.split("\t").map((value) => value.trim()));
    const names = COLUMNS[Math.max(...rows.map((row) => row.length))];
    if (!names) return;
    event.preventDefault();
    const isHeader = (row) => names.every((name, place) => !NUMBERS.includes(name) || !/\d/.test(row[place] ?? ""));
    const given = rows.filter((row, place) => row.some(Boolean) && !(place === 0 && rows.length > 1 && names.length > 1 && isHeader(row)));
    given.forEach((row, place) => {
      while (!cell(at + place, "quantity")) {
        const before = count();
        inline.querySelector(".add-row a, a.add-row, .add-row button")?.click();
        if (count() === before) return;
      }
      names.forEach((name, column) => {
        const value = row[column] ?? "";
        cell(at + place, name).value = NUMBERS.includes(name) ? usual(value) : value;
      });
    });
    addUp();
  };

  document.addEventListener("input", addUp);
  document.addEventListener("change", addUp);
  inline.addEventListener("paste", paste);
  addUp();
})();
