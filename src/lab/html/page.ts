/** A page: one file that needs nothing else, with or without its script. */
import { type LadderLayout, layOut } from './ladder-layout.ts'
import { arrowTips, ladderView } from './ladder-view.ts'
import { logView, transitionView } from './log-view.ts'
import { escaped, html, Markup } from './markup.ts'
import { plotView } from './plot.ts'
import { SCRIPT } from './script.ts'
import { type Step, stateDiagram, stepsOf } from './state-diagram.ts'
import type { Side, Story } from './story.ts'
import { STYLE } from './style.ts'
import { transferPlots } from './transfer-plots.ts'

/** Rows of a ladder that are drawn unless all are asked for. */
export const ROWS = 400

export interface PageSection {
  readonly title: string
  /** Before the ladders. */
  readonly top: Markup
  /** Side by side where there is room. */
  readonly stories: readonly Story[]
}

export interface Page {
  readonly title: string
  readonly top: Markup
  readonly sections: readonly PageSection[]
  /** Rows of each ladder. */
  readonly rows: number
}

export const pageText = ({ title, top, sections, rows }: Page): string => {
  const several = sections.length > 1
  const body = html`<header><h1>${title}</h1>
${top}${several ? html`<nav aria-label="Sections"><ul>${sections.map((s, i) => html`<li><a href="#section-${i}">${s.title}</a></li>`)}</ul></nav>` : null}</header>
<main id="main">${sections.map((s, i) => sectionView(s, `section-${i}`, rows, several))}</main>
${arrowTips()}
<aside class="panel" aria-label="Details of the segment" aria-live="polite" hidden><button type="button" aria-label="Close the details">✕</button><div></div></aside>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">To the ladder</a>
${body}
<script>${SCRIPT}</script>
</body>
</html>
`
}

interface Laid {
  readonly story: Story
  readonly layout: LadderLayout
  readonly id: string
}

const sectionView = (
  { title, top, stories }: PageSection,
  id: string,
  rows: number,
  several: boolean,
): Markup => {
  const laid = stories.map((story, i): Laid => ({ story, layout: layOut(story, rows), id: `${id}-${i}` }))
  const plots = stories.map(story => ({ story, plots: transferPlots(story) })).filter(p => p.plots.length > 0)
  const many = stories.length > 1
  return html`<section id="${id}">${several ? html`<h2>${title}</h2>` : null}
${top}
<h3>Ladder</h3>
<p class="lead section">Tab to the first segment, then the arrow keys; Enter shows all about it, Escape closes.</p>
<div class="side-by-side">${laid.map(l => html`<div>${many ? html`<h4>${l.story.name}</h4>` : null}${ladderView(l.story, l.layout, l.id)}</div>`)}</div>
${
  plots.length === 0
    ? null
    : html`<h3>Over time</h3>${plots.map(p => html`${many ? html`<h4>${p.story.name}</h4>` : null}<div class="plots">${p.plots.map(plotView)}</div>`)}`
}
<h3>States</h3>
${stories.map(story => html`${many ? html`<h4>${story.name}</h4>` : null}<div class="side-by-side">${([0, 1] as const).map(end => statesView(story, end))}</div>`)}
<h3>Segment by segment</h3>
${laid.map((l, i) => html`<details${i === 0 ? new Markup(' open') : null}><summary>${many ? l.story.name : 'All segments, and what is known of them'}</summary>${logView(l.story, l.layout, l.id)}</details>`)}
</section>`
}

const statesView = (story: Story, end: Side): Markup => {
  const steps = stepsOf(story, end)
  const who = story.ends[end]
  return html`<div><h4>${who}</h4>${stateDiagram(steps, who)}<ol class="steps">${steps.map(s => html`<li>${stepView(s)}</li>`)}</ol></div>`
}

const stepView = ({ transition, times }: Step): Markup =>
  html`${transitionView(transition, times > 1 ? `${times} times` : '')}`
