/** The style of the parts: colours, the ladder, the diagram, plots and the log. */

const LIGHT = `--bg:#fff;--panel:#f4f5f7;--text:#1b1f24;--dim:#59636e;--line:#c9d0d8;--accent:#0b5cad;--bad:#b3261e;--good:#1a7437;--note:#8a4b00;
--opening:#a15c00;--established:#1a7437;--closing:#0b5cad;--waiting:#7b3fb5;--forgotten:#b3261e;--closed:#59636e`

const DARK = `--bg:#0f1318;--panel:#1a2028;--text:#e4e8ed;--dim:#9aa5b1;--line:#3a444f;--accent:#6cb2ff;--bad:#ff8a80;--good:#6fd08c;--note:#f0b35e;
--opening:#f0b35e;--established:#6fd08c;--closing:#6cb2ff;--waiting:#c9a2f5;--forgotten:#ff8a80;--closed:#9aa5b1`

/** Colours as the reader's system has them, unless data-theme on the root says otherwise. */
export const COLOURS = `
:root{color-scheme:light dark;${LIGHT}}
@media(prefers-color-scheme:dark){:root{${DARK}}}
:root[data-theme=light]{color-scheme:light;${LIGHT}}
:root[data-theme=dark]{color-scheme:dark;${DARK}}
`

export const PARTS_STYLE = `
.ladder-box{container-type:inline-size}
.ladder{display:grid;grid-template-columns:max-content minmax(8.5em,max-content) minmax(12em,58em) minmax(8.5em,max-content) minmax(0,1fr);column-gap:.7em;font-size:.8rem;line-height:1.3;align-items:center;padding:0 0 .6rem}
.ladder>*,.ladder li>*{min-width:0}
.ladder ol,.ladder li{display:contents}
.time{grid-column:1;text-align:right;color:var(--dim)}
.left{grid-column:2;text-align:right}.right{grid-column:4;text-align:left}
.head{grid-row:1;max-width:14em;overflow:hidden;text-overflow:ellipsis}
.between{grid-column:3;max-width:none}.arrows{grid-column:3;width:100%;align-self:start;overflow:visible}
.life{stroke:var(--line);stroke-width:2}
.stay{stroke-width:7;opacity:.85}
.flight{stroke:var(--dim);stroke-width:1.5}
.flight.reset,.flight.lost{stroke:var(--bad)}
.flight.long-way{opacity:.75}
.flight.lost{stroke-dasharray:5 4}
.cross{fill:var(--bad);font-weight:700;text-anchor:middle;dominant-baseline:central}
.tips{position:absolute}.tip{fill:var(--dim)}.tip.reset{fill:var(--bad)}
.segment{grid-column:3;z-index:1;justify-self:center;color:var(--text);text-decoration:none;background:var(--bg);padding:.05em .45em;border-radius:.3em;margin:0 1.2em;max-width:calc(100% - 2.4em);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.segment.start{justify-self:start}.segment.end{justify-self:end}
.segment.lost,.segment.reset{color:var(--bad)}
.segment:hover,.segment[aria-current]{background:var(--panel);box-shadow:0 0 0 1px var(--accent)}
.short{display:none}
.marks{display:flex;flex-direction:column;overflow:hidden}
.marks>*{white-space:nowrap;overflow:hidden;text-overflow:ellipsis;max-width:22em}
.marks i{color:var(--dim)}
.note{grid-column:5;color:var(--dim);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.pause,.omitted{grid-column:3;justify-self:center;z-index:1;background:var(--bg);color:var(--note);font-style:italic;padding:0 .5em;margin:0;white-space:nowrap}
b.s-SYN_SENT,b.s-SYN_RECEIVED,b.s-LISTEN{color:var(--opening)}b.s-ESTABLISHED{color:var(--established)}
b.s-FIN_WAIT_1,b.s-FIN_WAIT_2,b.s-CLOSING,b.s-LAST_ACK{color:var(--closing)}b.s-TIME_WAIT{color:var(--waiting)}b.s-CLOSE_WAIT{color:var(--forgotten)}b.s-CLOSED{color:var(--closed)}
line.s-SYN_SENT,line.s-SYN_RECEIVED{stroke:var(--opening)}line.s-ESTABLISHED{stroke:var(--established)}
line.s-FIN_WAIT_1,line.s-FIN_WAIT_2,line.s-CLOSING,line.s-LAST_ACK{stroke:var(--closing)}line.s-TIME_WAIT{stroke:var(--waiting)}line.s-CLOSE_WAIT{stroke:var(--forgotten)}
@container(max-width:62rem){.ladder{grid-template-columns:max-content minmax(8em,max-content) minmax(12em,1fr) minmax(8em,max-content)}.note{display:none}.long{display:none}.short{display:inline}.marks>*{max-width:14em}}
@container(min-width:54rem) and (max-width:62rem){.long{display:inline}.short{display:none}}
@container(max-width:38rem){.ladder{font-size:.66rem;grid-template-columns:minmax(2.6em,max-content) minmax(8em,max-content) minmax(0,1fr) minmax(8em,max-content);column-gap:.4em}.segment{margin:0 .7em;padding:.05em .2em;max-width:calc(100% - 1.4em)}.stay{stroke-width:5}}
@container(max-width:25rem){.ladder{grid-template-columns:max-content 7.4em minmax(0,1fr) 7.4em;column-gap:.2em}.marks i:only-child{white-space:normal;line-height:1.05}.segment{padding:.05em .1em}.head.left{grid-column:2/4;justify-self:start}.head.right{grid-column:3/5;justify-self:end}}

.states{display:block;width:100%;max-width:34rem;height:auto;font:600 11.5px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.state rect{fill:var(--bg);stroke:var(--line)}.state text{fill:var(--dim);text-anchor:middle;font-weight:400}
.state.on rect{stroke:var(--text);stroke-width:2;fill:var(--panel)}.state.on text{fill:var(--text);font-weight:700}
.edge{fill:none;stroke:var(--line)}.edge.on{stroke:var(--accent);stroke-width:2.5}
.edge-tip{fill:var(--line)}.edge-tip.on{fill:var(--accent)}
.step rect{fill:var(--accent)}.step text{fill:var(--bg);text-anchor:middle;font-size:11px}
ol.steps{padding-left:1.8em;font-size:.9rem}ol.steps p{margin:.2rem 0}
.section{color:var(--dim)}
p.rule{margin:.2rem 0 .5rem;padding:.1rem 0 .1rem .8rem;border-left:3px solid var(--line);color:var(--dim);font-size:.85rem;max-width:75ch}

.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem 2rem}
.plot{margin:0;min-width:0}figcaption{font-size:.9rem;font-weight:600;overflow-wrap:anywhere}.unit{color:var(--dim);font-weight:400}
.plot-area{position:relative;height:17rem;margin:.5rem .6rem 1.6rem 3.2rem;border-left:1px solid var(--line);border-bottom:1px solid var(--line)}
.plot-area svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.plot-area path{fill:none;vector-effect:non-scaling-stroke;stroke-width:1.75}
.plot-area .grid{stroke:var(--line);stroke-width:1;opacity:.5}
.plot-area span{position:absolute;font-size:.72rem;color:var(--dim);white-space:nowrap}
.plot-area .y{right:calc(100% + .4rem);transform:translateY(-50%)}.plot-area .x{top:calc(100% + .2rem);transform:translateX(-50%)}
.plot-area .x.late{transform:translateX(-100%)}
.plot-area .dots{stroke-width:6;stroke-linecap:round}
.p-sent{stroke:var(--accent)}.plot-area .p-sent{stroke-width:3}
.p-ack{stroke:var(--established)}.p-edge{stroke:var(--dim);stroke-dasharray:4 3}.p-again{stroke:var(--opening)}.p-lost{stroke:var(--bad)}.p-sack{stroke:var(--waiting)}.p-cwnd{stroke:var(--established)}.p-ssthresh{stroke:var(--opening);stroke-dasharray:6 3}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;list-style:none;margin:0 0 0 3.2rem;padding:0;font-size:.8rem}
.legend li::before{content:"";display:inline-block;width:1.2em;border-top:3px solid;margin-right:.4em;vertical-align:middle}
.l-sent::before,.l-x::before{color:var(--accent)}.l-ack::before,.l-cwnd::before{color:var(--established)}.legend .l-edge::before{color:var(--dim);border-top-style:dashed}.l-again::before{color:var(--opening)}.l-lost::before{color:var(--bad)}.l-sack::before{color:var(--waiting)}.legend .l-ssthresh::before{color:var(--opening);border-top-style:dashed}

ol.log{list-style:none;padding:0;margin:.5rem 0;font-size:.9rem}
ol.log>li{border-top:1px solid var(--line);padding:.5rem 0}ol.log>li:target{background:var(--panel)}
ol.log p,.panel p{margin:.2rem 0}
.number{color:var(--dim);font-weight:400}.number::before{content:"#"}
.says{color:var(--note)}.arrival{color:var(--dim)}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.2rem 1rem;margin:.4rem 0 0;font-size:.85rem}
dl div{display:flex;gap:.5em}dt{color:var(--dim);white-space:nowrap}dd{margin:0}
`
