"use strict";
// Draws the items that the page holds packed. All text is set as text: nothing that a model said becomes markup.
(() => {
  const SHOWN = 50;
  const LONGEST_DIFF = 4e6;
  const GLYPHS = {right: "✓", wrong: "✗", partly: "≈", mixed: "≈", no_answer: "?", refused: "⊘", error: "!", unscored: "–", "": "·"};
  const WORDS = {no_answer: "no answer", "": "not asked", mixed: "mixed ends"};

  const make = (name, properties = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key in element) element[key] = value; else element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  };

  const unpack = async (id) => {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  };

  // Long texts are held once, and stood for by a number behind the character U+0001.
  const wholeAgain = (value, texts) => typeof value === "string" ? (value[0] === "\u0001" ? texts[Number(value.slice(1))] : value)
    : Array.isArray(value) ? value.map((each) => wholeAgain(each, texts))
    : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, wholeAgain(each, texts)]))
    : value;

  let about;
  let rows;
  const parts = new Map();
  const whole = async (place) => {
    const number = Math.floor(place / about.part);
    if (!parts.has(number)) parts.set(number, unpack(`part-${number}`).then(({told, texts}) => wholeAgain(told, texts)));
    return (await parts.get(number))[place % about.part];
  };

  // --- which items -----------------------------------------------------------------------------------------------------

  const failed = (end) => ["no_answer", "refused", "error", "unscored", "mixed"].includes(end);
  const SETS = {
    all: ["All items", () => true],
    discordant: ["The two differ", (row, left, right) => row.ends[left][0] !== row.ends[right][0] || row.ends[left][1] !== row.ends[right][1]],
    gained: ["Second better than first", (row, left, right) => row.ends[right][1] > row.ends[left][1]],
    lost: ["Second worse than first", (row, left, right) => row.ends[right][1] < row.ends[left][1]],
    wrong: ["Wrong in all", (row) => row.ends.every(([end]) => end === "wrong")],
    right: ["Right in all", (row) => row.ends.every(([end]) => end === "right")],
    unscored: ["Without a score", (row) => row.ends.some(([end]) => failed(end))],
  };

  const texts = (value) => typeof value === "string" ? value
    : value && typeof value === "object" ? Object.values(value).map(texts).join("\n") : "";
  let haystack = null;
  const searchable = async () => {
    haystack ??= Promise.all(rows.map(async (row) => {
      const item = await whole(row.place);
      const said = item.cells.map((cell) => [cell.text, cell.answer, cell.error, cell.score.reason].filter(Boolean).join("\n"));
      return [row.id, texts(item.fields), ...said].join("\n").toLowerCase();
    }));
    return haystack;
  };

  // --- differences -----------------------------------------------------------------------------------------------------

  // The words of `right` that stand in no longest common sequence with `left`, as runs of [text, is new].
  const compared = (left, right) => {
    const split = (text) => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
    const one = split(left), two = split(right);
    if (left === right || one.length * two.length > LONGEST_DIFF) return [[right, false]];
    const wide = two.length + 1;
    const table = new Uint16Array((one.length + 1) * wide);
    for (let i = one.length - 1; i >= 0; i--) for (let j = two.length - 1; j >= 0; j--) {
      table[i * wide + j] = one[i] === two[j] ? table[(i + 1) * wide + j + 1] + 1
        : Math.max(table[(i + 1) * wide + j], table[i * wide + j + 1]);
    }
    const runs = [];
    const add = (text, fresh) => {
      if (runs.length && runs.at(-1)[1] === fresh) runs.at(-1)[0] += text; else runs.push([text, fresh]);
    };
    let i = 0, j = 0;
    while (j < two.length) {
      if (i < one.length && one[i] === two[j]) { add(two[j], false); i++; j++; }
      else if (i < one.length && table[(i + 1) * wide + j] >= table[i * wide + j + 1]) i++;
      else add(two[j++], true);
    }
    return runs;
  };

  const said = (text, other) => make("div", {className: "said", tabIndex: 0, role: "group", "aria-label": "reply"},
    ...(other === undefined ? [text] : compared(other, text).map(([run, fresh]) => fresh ? make("ins", {}, run) : run)));

  // --- an item ---------------------------------------------------------------------------------------------------------

  const called = (end, mean) => {
    const word = WORDS[end] ?? end;
    return mean === null || end === "right" || end === "wrong" ? word : `${word} ${mean}`;
  };

  const folded = (title, draw) => {
    const box = make("details", {}, make("summary", {}, title));
    box.addEventListener("toggle", () => { if (box.open && box.children.length === 1) box.append(...draw()); });
    return box;
  };

  const shown = (value) => typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const calls = (found) => (found ?? []).map((call) => `${call.name}(${call.arguments})`).join("\n");

  const message = (each) => make("div", {},
    make("b", {}, each.role),
    make("div", {className: "said"},
      ...(each.parts ?? []).map((part) => make("span", {className: part.origin, title: `from: ${part.origin}`}, part.text)),
      calls(each.tool_calls)));

  const effect = (each) => {
    const took = each.seconds === null ? "not finished" : `${each.seconds} s`;
    const box = make("div", {className: "effect"}, make("h5", {}, `${each.kind}, ${took}${each.failed ? ", failed" : ""}`));
    const {messages, ...rest} = each.request ?? {};
    const {text, ...result} = each.result ?? {};
    if (messages) box.append(...messages.map(message));
    box.append(folded("Request in full", () => [make("div", {className: "said"}, shown(rest))]));
    if (typeof text === "string") box.append(make("b", {}, "reply"), make("div", {className: "said"}, text));
    box.append(folded("Result in full", () => [make("div", {className: "said"}, shown(result))]));
    return box;
  };

  const plain = (text) => text.replace(/\s+/g, " ").trim();

  const side = (cell, other, repeats) => {
    const {score, usage = {}} = cell;
    const value = score.value === null ? "" : ` ${score.value}`;
    const spent = [`${(cell.seconds ?? 0).toFixed(2)} s`, `${(usage.input_tokens ?? 0) + (usage.output_tokens ?? 0)} tokens`];
    if (usage.cost !== undefined && usage.cost !== null) spent.push(`$${usage.cost}`);
    if (cell.finish && cell.finish !== "complete") spent.push(cell.finish);
    const box = make("div", {className: "side"},
      make("h4", {}, about.variants[cell.variant] + (repeats ? `, repeat ${cell.repeat + 1}` : "")),
      make("p", {}, make("b", {}, (WORDS[score.status] ?? score.status) + value), score.reason ? `: ${score.reason}` : ""),
      cell.answer !== undefined && plain(cell.answer) !== plain(cell.text ?? "") ? make("p", {}, "Answer read: ", make("code", {}, cell.answer)) : "",
      cell.error ? make("p", {}, make("b", {}, "Error: "), cell.error) : said(cell.text ?? "", other?.text),
      make("p", {className: "hint"}, spent.join(" · ")));
    if (Object.keys(score.details ?? {}).length) box.append(folded("Details of the score", () => [make("div", {className: "said"}, shown(score.details))]));
    if (cell.samples) box.append(folded(`Votes (${cell.samples.length})`, () => [make("div", {className: "said"}, cell.samples.map((each) => each ?? "no answer").join("\n"))]));
    if (cell.tool_uses) box.append(folded(`Calls of tools (${cell.tool_uses.length})`, () => [make("div", {className: "said"}, shown(cell.tool_uses))]));
    if (cell.citations) box.append(folded(`Citations (${cell.citations.length})`, () => [make("div", {className: "said"}, shown(cell.citations))]));
    if (cell.passages) box.append(folded(`Passages (${cell.passages.length})`, () => cell.passages.map((each) =>
      make("div", {className: "said"}, `${each.path ?? each.record_id ?? ""}\n${each.text}`))));
    if (cell.effects?.length) box.append(folded(`Transcript and effects (${cell.effects.length})`, () => cell.effects.map(effect)));
    return box;
  };

  const opened = (item, left, right) => {
    const repeats = item.cells.some((cell) => cell.repeat > 0);
    const find = (variant, repeat) => item.cells.find((cell) => cell.variant === variant && cell.repeat === repeat);
    const chosen = item.cells.filter((cell) => cell.variant === left || cell.variant === right)
      .sort((a, b) => a.repeat - b.repeat || (a.variant === left ? -1 : 1));
    const others = item.cells.filter((cell) => !chosen.includes(cell));
    const fields = make("dl", {className: "fields"},
      ...Object.entries(item.fields).flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]));
    const sides = make("div", {className: "sides"}, ...chosen.map((cell) =>
      side(cell, left === right ? undefined : find(cell.variant === left ? right : left, cell.repeat), repeats)));
    return make("div", {className: "opened"}, fields, sides,
      others.length ? folded(`The other variants (${others.length})`, () => [make("div", {className: "sides"}, ...others.map((cell) => side(cell, undefined, repeats)))]) : "");
  };

  // --- the browser -----------------------------------------------------------------------------------------------------

  const option = (value, text) => make("option", {value}, text);
  const choice = (label, options) => {
    const select = make("select", {}, ...options);
    return [make("label", {}, label, select), select];
  };

  const start = async () => {
    about = await unpack("about");
    rows = (await unpack("index")).map(([id, snippet, tags, ends], place) => ({id, snippet, tags, ends, place}));
    const several = about.variants.length > 1;
    const variants = () => about.variants.map((name, place) => option(place, name));
    const [setLabel, set] = choice("Show", Object.entries(SETS).map(([name, [words]]) => option(name, words)));
    const [leftLabel, left] = choice("First", variants());
    const [rightLabel, right] = choice("Second", variants());
    const tags = [...new Set(rows.flatMap((row) => row.tags))].sort();
    const [tagLabel, tagged] = choice("Tag", [option("", "any"), ...tags.map((name) => option(name, name))]);
    const search = make("input", {type: "search", autocomplete: "off"});
    const count = make("p", {className: "count", role: "status"});
    const list = make("ol", {className: "list"});
    const more = make("button", {type: "button", className: "more"});
    left.value = about.baseline;
    right.value = about.baseline === 0 && several ? 1 : 0;
    if (!several) { leftLabel.hidden = rightLabel.hidden = true; for (const name of ["discordant", "gained", "lost"]) set.querySelector(`[value=${name}]`).remove(); }
    tagLabel.hidden = !tags.length;

    let found = [];
    let drawn = 0;
    const line = (row) => {
      const one = Number(left.value), two = Number(right.value);
      const ends = row.ends.map(([end, mean], variant) => make("span", {className: `end ${end}`},
        `${GLYPHS[end] ?? end} ${several ? `${about.variants[variant]}: ` : ""}${called(end, mean)}`));
      const box = make("details", {}, make("summary", {},
        make("span", {className: "key"}, row.id), " ", make("span", {className: "snippet"}, row.snippet),
        make("span", {className: "ends"}, ...ends)));
      box.addEventListener("toggle", async () => {
        if (box.open && box.children.length === 1) box.append(opened(await whole(row.place), one, two));
      });
      return make("li", {}, box);
    };
    const draw = () => {
      const next = found.slice(drawn, drawn + SHOWN);
      list.append(...next.map(line));
      drawn += next.length;
      more.hidden = drawn >= found.length;
      more.textContent = `Show ${Math.min(SHOWN, found.length - drawn)} more`;
    };
    let asked = 0;
    const apply = async () => {
      const mine = ++asked;
      const wanted = search.value.trim().toLowerCase();
      const hay = wanted ? await searchable() : null;
      if (mine !== asked) return;
      const inSet = SETS[set.value][1];
      found = rows.filter((row) => inSet(row, Number(left.value), Number(right.value))
        && (!tagged.value || row.tags.includes(tagged.value)) && (!hay || hay[row.place].includes(wanted)));
      count.textContent = `${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} items`;
      list.replaceChildren();
      drawn = 0;
      draw();
    };
    for (const each of [set, left, right, tagged]) each.addEventListener("change", apply);
    search.addEventListener("input", apply);
    more.addEventListener("click", draw);
    document.getElementById("browser").append(
      make("div", {className: "filters", role: "search"}, setLabel, leftLabel, rightLabel, tagLabel, make("label", {}, "Search", search)),
      count, list, more);
    await apply();
    document.documentElement.dataset.ready = "yes";
  };
  start();
})();
