// Looks at a loaded page and returns a look, as defined in look_test.go.
(async () => {
  if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done));
  await window.ready;
  await document.fonts.ready;

  const scrolls = (e) => {
    for (; e && e !== document.body; e = e.parentElement) {
      if (["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX)) return true;
    }
    return false;
  };
  const name = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + ": " + e.textContent.trim().slice(0, 60);
  const width = document.documentElement.clientWidth;
  const beyond = [...document.body.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > width + 1 && !scrolls(e)).map(name);

  // WCAG's relative luminance and contrast, on the nearest painted background.
  const parse = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(e).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const e of document.body.querySelectorAll("*")) {
    const own = [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim() !== "");
    if (!own || e.closest("svg, script, style") || !e.checkVisibility()) continue;
    const of = [luminance(parse(getComputedStyle(e).color).slice(0, 3)), luminance(ground(e))].sort((a, b) => b - a);
    const contrast = (of[0] + 0.05) / (of[1] + 0.05);
    if (contrast < 4.5) faint.push(contrast.toFixed(2) + " " + name(e));
  }

  return {
    height: document.documentElement.scrollHeight,
    width: document.documentElement.scrollWidth,
    screen: innerWidth,
    beyond,
    faint,
    pictures: [...document.images].map((i) => ({ source: i.currentSrc, width: i.naturalWidth, height: i.naturalHeight })),
    diagrams: [...document.querySelectorAll(".mermaid")].map((m) => m.querySelector("svg")
      ? (m.textContent.includes("Syntax error") ? "a syntax error" : "")
      : "no picture of " + m.textContent.slice(0, 80)),
  };
})()
