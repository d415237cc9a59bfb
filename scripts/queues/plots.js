/** The measurements of queues as pictures, readable on light and on dark pages. The same measurements give the same bytes. */

const WIDTH = 760
const MARGIN = 16
const LABEL = 130
const NOTE = 90
const LINE = 20
const TITLE = 30
const BAR = 12
const LEFT = MARGIN + LABEL
const RIGHT = WIDTH - MARGIN - NOTE

/** Delays are drawn from and to, ms: each is ten times the one before. */
const DECADES = [0.1, 1, 10, 100]

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .note { fill: #57606a }
  .grid { stroke: #d0d7de }
  .cubic { fill: #1f6feb; stroke: #1f6feb }
  .bbr { fill: #bf5700; stroke: #bf5700 }
  .prague { fill: #1a7f37; stroke: #1a7f37 }
  text.on { fill: #ffffff; stroke: none }
  .range { stroke-width: 3; stroke-linecap: round }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .note { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .cubic { fill: #58a6ff; stroke: #58a6ff }
    .bbr { fill: #f0883e; stroke: #f0883e }
    .prague { fill: #3fb950; stroke: #3fb950 }
    text.on { fill: #0d1117 }
  }`

const at = number => number.toFixed(1)

const picture = (
  label,
  height,
  body,
) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${label}">
<style>${STYLE}
</style>
${body.join('\n')}
</svg>
`

/** The place of a delay on the axis. */
const placeOf = ms => {
  const decades = Math.log10(Math.max(ms, DECADES[0]) / DECADES[0]) / (DECADES.length - 1)
  return LEFT + Math.min(1, decades) * (RIGHT - LEFT)
}

/** Half of the packets wait less than the dot says, 99 of 100 less than the end of the line. */
const range = (name, { half, most }, y) =>
  `<g class="${name}"><line class="range" x1="${at(placeOf(half))}" y1="${at(y)}" x2="${at(placeOf(most))}" y2="${at(y)}"/><circle cx="${at(placeOf(half))}" cy="${at(y)}" r="4"/></g>`

/** The flow that the packets of a field belong to; CUBIC and BBR share one. */
const ownerOf = (names, low) => names.find(name => (name === 'prague') === low) ?? names[0]

const rowsOf = (measurements, discipline) => measurements.filter(each => each.discipline === discipline)

const panels = (measurements, disciplines, top, draw) => {
  const body = []
  let y = top
  for (const discipline of disciplines) {
    const rows = rowsOf(measurements, discipline)
    body.push(`<text class="title" x="${MARGIN}" y="${y + 18}">${discipline}</text>`)
    for (const [i, row] of rows.entries()) {
      const middle = y + TITLE + i * LINE + LINE / 2
      body.push(
        `<text x="${LEFT - 10}" y="${at(middle + 4)}" text-anchor="end">${row.names.join(' + ')}</text>`,
        ...draw(row, middle),
      )
    }
    y += TITLE + rows.length * LINE + 8
  }
  return { body, height: y }
}

/** The delays in each queue. */
export const delaysPicture = (measurements, disciplines) => {
  const top = 44
  const { body, height } = panels(measurements, disciplines, top, ({ names, classic, low }, y) => [
    ...(classic === null ? [] : [range(ownerOf(names, false), classic, low === null ? y : y - 3.5)]),
    ...(low === null ? [] : [range('prague', low, classic === null ? y : y + 3.5)]),
  ])
  const grid = DECADES.map(
    ms =>
      `<line class="grid" x1="${at(placeOf(ms))}" y1="${top - 4}" x2="${at(placeOf(ms))}" y2="${height}"/><text class="note" x="${at(placeOf(ms))}" y="${top - 10}" text-anchor="middle">${ms} ms</text>`,
  )
  const words = `<text class="note" x="${MARGIN}" y="16">Delay in the queue: half of the packets (dot), and 99 of 100 (end of the line)</text>`
  return picture('Delay in each queue', height + MARGIN, [words, ...grid, ...body])
}

/** The shares of two flows in each queue. */
export const sharesPicture = (measurements, disciplines) => {
  const pairs = measurements.filter(({ names }) => names.length === 2)
  const { body, height } = panels(pairs, disciplines, 24, ({ names, shares, jain }, y) => {
    const middle = LEFT + shares[0] * (RIGHT - LEFT)
    const part = (name, share, from, to) => [
      `<rect class="${name}" stroke="none" x="${at(from)}" y="${at(y - BAR / 2)}" width="${at(to - from)}" height="${BAR}"/>`,
      ...(share < 0.1
        ? []
        : [
            `<text class="on" x="${at((from + to) / 2)}" y="${at(y + 4)}" text-anchor="middle">${Math.round(100 * share)} %</text>`,
          ]),
    ]
    return [
      ...part(names[0], shares[0], LEFT, middle - 1),
      ...part(names[1], shares[1], middle + 1, RIGHT),
      `<text class="note" x="${RIGHT + 10}" y="${at(y + 4)}">Jain ${jain.toFixed(2)}</text>`,
    ]
  })
  const words = `<text class="note" x="${MARGIN}" y="16">Share of the line of each of two flows</text>`
  return picture('Share of two flows in each queue', height + MARGIN, [words, ...body])
}
