/** The style sheet of the pages: dark and light as the reader has it, from telephones to wide screens. */
import { COLOURS, PARTS_STYLE } from '../../view/parts/style.ts'

/** The style of a section of a page, and of the panel beside it. */
export const SECTION_STYLE = `
.verdict{font-weight:600}.verdict.good,.holds{color:var(--good)}.verdict.bad,.fails,.defect{color:var(--bad)}
ul.findings{list-style:none;padding:0;font-size:.9rem}
ul.findings li{padding-left:1.5em;text-indent:-1.5em}
ul.findings small{display:block;text-indent:0;color:var(--dim)}
.side-by-side{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,34rem),1fr));gap:1rem 2rem;align-items:start}
.side-by-side>*{min-width:0}
.panel{position:fixed;right:1rem;bottom:1rem;width:min(30rem,calc(100vw - 2rem));max-height:min(70vh,40rem);overflow:auto;background:var(--panel);border:1px solid var(--accent);border-radius:.5rem;padding:.7rem 2.6rem .8rem 1rem;font-size:.9rem;box-shadow:0 .3rem 1.5rem #0006;z-index:5}
.panel[hidden]{display:none}
.panel dl{grid-template-columns:1fr}
.panel button{position:absolute;top:.4rem;right:.5rem;font:inherit;background:none;border:1px solid var(--line);border-radius:.3rem;color:inherit;min-width:1.9rem;min-height:1.9rem;cursor:pointer}
@media(max-width:40rem){.panel{left:0;right:0;bottom:0;width:auto;max-height:50vh;border-radius:.6rem .6rem 0 0}}
`

export const STYLE = `
${COLOURS}*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
header,main{max-width:110rem;margin:0 auto;padding:0 clamp(.6rem,2vw,2rem)}
header{padding-top:1.2rem}
h1{font-size:1.5rem;line-height:1.2;margin:0 0 .4rem}
h2{font-size:1.25rem;margin:2.2rem 0 .6rem;border-top:1px solid var(--line);padding-top:1rem}
h3{font-size:1.05rem;margin:1.6rem 0 .5rem}
h4{font-size:.9rem;margin:0;font-weight:600}
h1,h2,h3,h4,p,li,td,dd{overflow-wrap:anywhere}
p.lead{max-width:70ch;margin:.3rem 0}
code,pre,.ladder{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
a{color:var(--accent)}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1rem;list-style:none;padding:0;margin:.6rem 0;font-size:.9rem}
.skip{position:absolute;left:-99rem}.skip:focus{left:.5rem;top:.5rem;background:var(--bg);padding:.3rem .6rem;z-index:9}
:focus-visible{outline:3px solid var(--accent);outline-offset:1px}
.allowed{color:var(--note)}
summary{cursor:pointer;padding:.3rem 0;font-weight:600}
.table{overflow-x:auto}
table{border-collapse:collapse;font-size:.85rem;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-top:1px solid var(--line)}
td:first-child{white-space:nowrap}

${PARTS_STYLE}${SECTION_STYLE}@media print{.panel,.skip{display:none}}
`
