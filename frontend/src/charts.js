// Draws each <figure data-chart> from the JSON beside it; a table with the same numbers stays for readers and printers.
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const COLOURS = ["#b4452f", "#e0a458", "#4f7d6b", "#5b7ba3", "#8a6a9c", "#c98474", "#93a35f", "#7c8794", "#d0b49f", "#46626f"];
const font = getComputedStyle(document.body).fontFamily;
const number = (value) => value.toLocaleString("zh-CN", { maximumFractionDigits: 2 });

function axes(data) {
  const names = { type: "category", data: data.names, inverse: Boolean(data.across), axisTick: { show: false },
    axisLine: { lineStyle: { color: "#d9d3ca" } }, axisLabel: { color: "#5d564e", interval: 0, hideOverlap: !data.across } };
  const values = { type: "value", name: data.across ? "" : data.unit, nameTextStyle: { color: "#857c71", align: "left" },
    splitLine: { lineStyle: { color: "#eee9e2" } }, axisLabel: { color: "#857c71" } };
  return data.across ? { xAxis: values, yAxis: names } : { xAxis: names, yAxis: values };
}

function options(data) {
  const series = data.series.map((one) => ({ name: one.name, data: one.values, type: data.kind, stack: data.stack ? "all" : undefined,
    barMaxWidth: 34, symbolSize: 7, smooth: false, emphasis: { focus: "series" } }));
  return {
    color: COLOURS, animation: false, textStyle: { fontFamily: font, fontSize: 12 },
    grid: { left: 8, right: 20, top: data.across ? 8 : 28, bottom: data.series.length > 1 ? 56 + 20 * Math.floor(data.series.length / 4) : 4, containLabel: true },
    legend: data.series.length > 1 ? { type: "plain", bottom: 0, left: 0, itemWidth: 12, itemHeight: 8, itemGap: 12, textStyle: { color: "#5d564e" } } : undefined,
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, valueFormatter: (value) => `${number(value)} ${data.unit}` },
    ...axes(data), series,
  };
}

function draw(figure) {
  const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  const place = figure.querySelector("[data-canvas]");
  const chart = init(place, null, { renderer: "svg" });
  chart.setOption(options(data));
  if (data.links) chart.on("click", (event) => { if (data.links[event.dataIndex]) window.location.href = data.links[event.dataIndex]; });
  new ResizeObserver(() => chart.resize()).observe(place);
}

for (const figure of document.querySelectorAll("figure[data-chart]")) draw(figure);
