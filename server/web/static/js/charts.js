// Draws one metric over time from the same JSON that the API gives to everybody.
// A second line shows the period compared with, piece beside piece.
(() => {
  const language = document.documentElement.lang;
  const colour = (token) => getComputedStyle(document.documentElement).getPropertyValue(token).trim();

  const formatter = (unit, currency) => {
    const compact = { notation: "compact", maximumSignificantDigits: 3 };
    const symbol = currency === "IDR" ? "Rp\u00a0" : `${currency}\u00a0`;
    const number = (value, options) => new Intl.NumberFormat(language, options).format(value);
    const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 16);
    return {
      percent: (value) => number(value, { style: "percent", maximumFractionDigits: 1 }),
      money: (value) => symbol + number(value, compact),
      clock,
    }[unit] || ((value) => number(value, compact));
  };

  const pieces = (answer) =>
    answer.series.map((point) => ({
      from: new Date(`${point.period.from}T00:00`),
      value: point.values[0].value === null ? null : Number(point.values[0].value),
    }));

  const draw = async (element) => {
    element.dataset.drawn = "true";
    const [now, before] = await Promise.all(
      [element.dataset.now, element.dataset.before].map(async (url) => (await fetch(url)).json()),
    );
    const { unit } = now.values[0];
    const format = formatter(unit, now.currency);
    // Days as written outside America, as server/web/formats.py has them.
    const day = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { day: "numeric", month: "short" });
    const [current, earlier] = [pieces(now), pieces(before)];
    const chart = echarts.init(element, null, { renderer: "svg" });
    const isAmount = unit === "money" || unit === "count";

    const paint = () => {
      if (!element.isConnected) return; // a filter has put another chart in its place
      const axis = { axisLine: { lineStyle: { color: colour("--line") } }, axisTick: { show: false } };
      const text = { color: colour("--ink2"), fontFamily: "Inter", fontSize: 12 };
      chart.setOption({
        animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
        textStyle: { fontFamily: "Inter" },
        grid: { left: 8, right: 8, top: 40, bottom: 28 },
        legend: { left: 0, top: 0, icon: "roundRect", itemHeight: 8, textStyle: text },
        tooltip: {
          trigger: "axis",
          renderMode: "richText",
          backgroundColor: colour("--surface"),
          borderColor: colour("--line"),
          textStyle: { ...text, color: colour("--ink") },
          valueFormatter: (value) => (value === null || value === undefined ? "–" : format(value)),
        },
        xAxis: { type: "category", data: current.map((piece) => day.format(piece.from)), axisLabel: text, ...axis },
        yAxis: {
          type: "value",
          axisLabel: { ...text, formatter: format },
          splitLine: { lineStyle: { color: colour("--line"), opacity: 0.6 } },
        },
        series: [
          {
            name: element.dataset.labelNow,
            type: isAmount ? "bar" : "line",
            data: current.map((piece) => piece.value),
            color: colour("--series-1"),
            barMaxWidth: 28,
            itemStyle: isAmount ? { borderRadius: [4, 4, 0, 0] } : {},
            symbolSize: 6,
            lineStyle: { width: 2.5 },
          },
          {
            name: element.dataset.labelBefore,
            type: "line",
            data: current.map((_, index) => earlier[index]?.value ?? null),
            color: colour("--series-2"),
            symbol: "none",
            lineStyle: { width: 2, type: "dashed" },
          },
        ],
      });
    };
    paint();
    new ResizeObserver(() => chart.resize()).observe(element);
    document.addEventListener("tapak:theme", paint);
    matchMedia("print").addEventListener("change", paint);
  };

  const drawAll = () => document.querySelectorAll("[data-chart]:not([data-drawn])").forEach(draw);
  document.addEventListener("htmx:after:swap", drawAll);
  drawAll();
})();
