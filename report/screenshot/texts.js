// Finds texts of the chart in the page that leave it or overlap each other.
(async () => {
  await document.fonts.ready;
  const chart = document.querySelector("svg").getBoundingClientRect();
  const texts = [...document.querySelectorAll("svg text")].map((e) => ({ said: e.textContent, box: e.getBoundingClientRect() }));
  const faults = [];
  for (const { said, box } of texts) {
    if (box.left < chart.left || box.top < chart.top || box.right > chart.right || box.bottom > chart.bottom) {
      faults.push(`"${said}" leaves the chart: ${Math.round(box.left)} to ${Math.round(box.right)} of ${chart.width}`);
    }
  }
  // Boxes have room above and below their letters.
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
  for (let i = 0; i < texts.length; i++) {
    for (let j = 0; j < i; j++) {
      if (over(texts[i].box, texts[j].box)) faults.push(`"${texts[j].said}" and "${texts[i].said}" lie on one another`);
    }
  }
  return faults;
})()
