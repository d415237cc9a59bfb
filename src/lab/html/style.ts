/** The style sheet of the pages: dark and light as the reader has it, from telephones to wide screens. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--panel:#f4f5f7;--text:#1b1f24;--dim:#59636e;--line:#c9d0d8;--accent:#0b5cad;--bad:#b3261e;--good:#1a7437;--note:#8a4b00;
--opening:#a15c00;--established:#1a7437;--closing:#0b5cad;--waiting:#7b3fb5;--forgotten:#b3261e;--closed:#59636e}
@media(prefers-color-scheme:dark){:root{--bg:#0f1318;--panel:#1a2028;--text:#e4e8ed;--dim:#9aa5b1;--line:#3a444f;--accent:#6cb2ff;--bad:#ff8a80;--good:#6fd08c;--note:#f0b35e;
--opening:#f0b35e;--established:#6fd08c;--closing:#6cb2ff;--waiting:#c9a2f5;--forgotten:#ff8a80;--closed:#9aa5b1}}
*{box-sizing:border-box}
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
.verdict{font-weight:600}.verdict.good,.holds{color:var(--good)}.verdict.bad,.fails,.defect{color:var(--bad)}
.allowed{color:var(--note)}
ul.findings{list-style:none;padding:0;font-size:.9rem}
ul.findings li{padding-left:1.5em;text-indent:-1.5em}
ul.findings small{display:block;color:var(--dim)}
summary{cursor:pointer;padding:.3rem 0;font-weight:600}
.side-by-side{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,34rem),1fr));gap:1rem 2rem;align-items:start}
.side-by-side>*{min-width:0}
.table{overflow-x:auto}
table{border-collapse:collapse;font-size:.85rem;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-top:1px solid var(--line)}
td:first-child{white-space:nowrap}

.ladder-box{container-type:inline-size}
.ladder{display:grid;grid-template-columns:max-content minmax(8.5em,max-content) minmax(12em,58em) minmax(8.5em,max-content) minmax(0,1fr);column-gap:.7em;font-size:.8rem;line-height:1.3;align-items:center;padding:0 0 .6rem}
.ladder>*{min-width:0}
.time{grid-column:1;text-align:right;color:var(--dim)}
.left{grid-column:2;text-align:right}.right{grid-column:4;text-align:left}
.head{grid-row:1}
.arrows{grid-column:3;width:100%;align-self:start;overflow:visible}
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
@container(max-width:38rem){.ladder{font-size:.66rem;grid-template-columns:minmax(2.6em,max-content) 8em minmax(0,1fr) 8em;column-gap:.4em}.segment{margin:0 .7em;padding:.05em .2em;max-width:calc(100% - 1.4em)}.stay{stroke-width:5}}

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
.panel{position:fixed;right:1rem;bottom:1rem;width:min(30rem,calc(100vw - 2rem));max-height:min(70vh,40rem);overflow:auto;background:var(--panel);border:1px solid var(--accent);border-radius:.5rem;padding:.7rem 2.6rem .8rem 1rem;font-size:.9rem;box-shadow:0 .3rem 1.5rem #0006;z-index:5}
.panel[hidden]{display:none}
.panel dl{grid-template-columns:1fr}
.panel button{position:absolute;top:.4rem;right:.5rem;font:inherit;background:none;border:1px solid var(--line);border-radius:.3rem;color:inherit;min-width:1.9rem;min-height:1.9rem;cursor:pointer}
@media(max-width:40rem){.panel{left:0;right:0;bottom:0;width:auto;max-height:50vh;border-radius:.6rem .6rem 0 0}}
@media print{.panel,.skip{display:none}}
`
