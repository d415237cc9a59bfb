/** The style of the page around its parts. */
import { COLOURS, PARTS_STYLE } from '../parts/style.ts'

export const PAGE_STYLE = `
${COLOURS}
:root{--hair:#e3e7ec;--page:#f2f4f7;--shade:0 1px 2px #1b1f2414}
@media(prefers-color-scheme:dark){:root{--hair:#262e37;--page:#0a0d11;--shade:none}}
:root[data-theme=light]{--hair:#e3e7ec;--page:#f2f4f7;--shade:0 1px 2px #1b1f2414}
:root[data-theme=dark]{--hair:#262e37;--page:#0a0d11;--shade:none}
${PARTS_STYLE}
*{box-sizing:border-box}
html,body{height:100%}
body{margin:0;display:flex;flex-direction:column;background:var(--page);color:var(--text);font:.875rem/1.45 system-ui,sans-serif;font-variant-numeric:tabular-nums}
code,pre,.ladder,.address,.where,.clock{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
h1,h2,h3,h4,p{margin:0}h1{font-size:1rem;font-weight:650;letter-spacing:-.01em}
h2{font-size:.72rem;font-weight:650;text-transform:uppercase;letter-spacing:.06em;color:var(--dim);padding:.7rem .9rem .35rem}
h2 small{float:right;text-transform:none;letter-spacing:0;font-weight:400;font-size:.75rem}
.heard{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
h3{font-size:.85rem;font-weight:600;overflow-wrap:anywhere}h4{font-size:.75rem;font-weight:600;color:var(--dim);margin:.7rem 0 .1rem}
:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
button,select,input{font:inherit;color:inherit}
button{background:var(--bg);border:1px solid var(--line);border-radius:.45rem;padding:.3rem .65rem;cursor:pointer;min-height:2rem}
button:hover:not(:disabled){border-color:var(--dim)}
button:disabled{opacity:.4;cursor:default}
button[aria-pressed=true]{border-color:var(--accent);color:var(--accent)}
button.plain{background:none;border:0;padding:0;min-height:0;text-align:inherit;font-weight:inherit;color:inherit}
input:not([type=range],[type=checkbox]),select{background:var(--bg);border:1px solid var(--line);border-radius:.45rem;padding:.28rem .5rem;min-height:2rem;min-width:0}
input[type=range],input[type=checkbox]{accent-color:var(--accent)}
::placeholder{color:var(--dim);opacity:1}
.top{display:flex;align-items:center;gap:.7rem;padding:.55rem .9rem;background:var(--bg);border-bottom:1px solid var(--hair)}
.where{color:var(--dim);font-size:.8rem;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.space{flex:1}
.light{font-size:.78rem;color:var(--dim);white-space:nowrap}.light::before{content:"";display:inline-block;width:.5rem;height:.5rem;border-radius:50%;margin-right:.4rem;background:var(--line)}
.light.live::before{background:var(--good)}.light.lost{color:var(--bad)}.light.lost::before{background:var(--bad)}
.time-bar{display:flex;align-items:center;gap:.7rem;padding:.45rem .9rem;background:var(--bg);border-bottom:1px solid var(--hair)}
.time-bar input{flex:1;min-width:0}
.keys{display:flex;gap:.3rem}.keys button{min-width:2.3rem;padding:.3rem;line-height:1}
.keys .main{min-width:2.8rem}.keys svg{display:block;margin:auto;width:.9rem;height:.9rem;fill:currentColor}
.clock{color:var(--dim);font-size:.8rem;min-width:7.5em;text-align:right}
.to-live{color:var(--dim)}.to-live::before{content:"";display:inline-block;width:.5rem;height:.5rem;border-radius:50%;background:var(--line);margin-right:.4rem}
.to-live.on::before{background:var(--bad)}
.left-out{padding:.3rem .9rem;background:color-mix(in srgb,var(--note) 10%,var(--bg));color:var(--note);font-size:.8rem}
.tabs{display:none}
main{flex:1;min-height:0;display:grid;gap:.6rem;padding:.6rem;grid-template-columns:minmax(22rem,26rem) minmax(0,1fr) minmax(19rem,22rem)}
.column{display:flex;flex-direction:column;gap:.6rem;min-width:0;min-height:0}
.pane{background:var(--bg);border:1px solid var(--hair);border-radius:.7rem;box-shadow:var(--shade);display:flex;flex-direction:column;min-width:0;min-height:0;overflow:hidden}
.at-connections,.at-ladder,.at-details{flex:1}.at-states,.at-plots{flex:none}
.at-plots:not(:has(.plot-row)){display:none}
.at-details,.at-network{overflow-y:auto}
.at-network{flex:0 1 auto;max-height:38%}
.empty{color:var(--dim);padding:1.2rem .9rem;max-width:44ch}
.diagram{padding:0 .9rem .9rem;display:flex;justify-content:center}
.diagram svg{height:min(45vh,27rem);max-width:100%;overflow:visible}
.dot{cursor:pointer;stroke:var(--bg);stroke-width:1.2;transition:transform .45s cubic-bezier(.3,.7,.3,1),fill .3s;fill:var(--dim)}
.dot.chosen{stroke:var(--text);stroke-width:1.8}
.dot.s-LISTEN,.dot.s-SYN_SENT,.dot.s-SYN_RECEIVED{fill:var(--opening)}.dot.s-ESTABLISHED{fill:var(--established)}.dot.s-FIN_WAIT_1,.dot.s-FIN_WAIT_2,.dot.s-CLOSING,.dot.s-LAST_ACK{fill:var(--closing)}.dot.s-TIME_WAIT{fill:var(--waiting)}.dot.s-CLOSE_WAIT{fill:var(--forgotten)}.dot.s-CLOSED{fill:var(--line)}
.state-button{cursor:pointer}.state-button rect{pointer-events:all}.state-button:focus{outline:none}.state-button:focus-visible>rect:first-child,.state-button.pressed>rect:first-child{stroke:var(--accent);stroke-width:2}
.count rect{fill:var(--text)}.count text{fill:var(--bg);font-size:10px;text-anchor:middle}
@media(prefers-reduced-motion:reduce){.dot{transition:none}}
.filter{display:flex;flex-wrap:wrap;gap:.35rem;padding:0 .9rem .5rem}.filter input{flex:1 1 8rem}.filter select{flex:0 1 8rem}
.rows{flex:1;min-height:8rem;overflow:auto;border-top:1px solid var(--hair)}
table{border-collapse:collapse;width:100%}
.rows th{position:sticky;top:0;background:var(--bg);z-index:1;font-weight:500;font-size:.72rem;color:var(--dim);text-align:left;padding:.35rem .5rem;white-space:nowrap;box-shadow:0 1px var(--hair)}
.rows td{padding:0 .5rem;white-space:nowrap;border-bottom:1px solid var(--hair);font-size:.75rem}
.rows th:first-child,.rows td:first-child{padding-left:.9rem}
.rows .num{text-align:right}
.rows tbody tr{cursor:pointer}.rows tbody tr:hover{background:var(--panel)}
.rows tr.chosen{background:color-mix(in srgb,var(--accent) 12%,var(--bg))}
.pill{font-size:.7rem;font-weight:650;letter-spacing:.01em}
.ladder-scroll{flex:1;overflow:auto;padding:0 .9rem;border-top:1px solid var(--hair)}
.more{display:block;margin:.6rem auto;font-size:.78rem}
.ladder ol{list-style:none;margin:0;padding:0}
.ladder-scroll .head{box-shadow:0 0 0 .38em var(--bg);position:sticky;top:0;background:var(--bg);z-index:3;align-self:stretch;display:flex;align-items:center}
.ladder-scroll .head.left,.ladder-scroll .head.time{justify-content:flex-end}
.card{padding:.5rem .9rem .8rem}.card+.card{border-top:1px solid var(--hair)}
.chosen-segment header{display:flex;gap:.5rem;justify-content:space-between;align-items:start}.chosen-segment header button{padding:.1rem .4rem}
.why{margin:.4rem 0;color:var(--text)}.why b{color:var(--note)}.fate{color:var(--bad);font-weight:600}
.section{color:var(--dim);white-space:nowrap}
.card dl{grid-template-columns:1fr}.card dl div{justify-content:space-between}.card dd{text-align:right;overflow-wrap:anywhere}
.ways{padding-left:1.1rem;margin:.4rem 0}.ways li{margin:.3rem 0;font-size:.82rem}
summary{cursor:pointer;padding:.25rem 0;font-size:.8rem;font-weight:600;color:var(--dim)}
.bytes{font-size:.62rem;line-height:1.6;background:var(--panel);border-radius:.5rem;padding:.5rem .6rem;margin:.6rem 0 .2rem;overflow-x:auto}
.bytes span{color:var(--dim)}.bytes .b-TCP,summary.b-TCP{color:var(--accent)}.bytes .b-options,summary.b-options{color:var(--waiting)}
.bytes .on{background:color-mix(in srgb,var(--accent) 25%,transparent);color:var(--text)}
.fields table{font-size:.76rem}.fields th{font-weight:400;text-align:left;color:var(--dim)}.fields td,.fields th{padding:.12rem .2rem;border-top:1px solid var(--hair);vertical-align:top}.fields td{overflow-wrap:anywhere}.fields td:last-child{text-align:right}
.fields tr.on{background:color-mix(in srgb,var(--accent) 12%,transparent)}
.plot-row{display:flex;min-height:15rem;gap:1rem;overflow-x:auto;padding:0 .9rem .6rem}.live-plot{margin:0;flex:1 0 19rem;min-width:0}
.live-plot figcaption{font-size:.76rem;margin-bottom:.3rem}.live-plot .legend{margin:.2rem 0 0 2.9rem;font-size:.7rem;color:var(--dim);gap:0 .8rem}
.settings{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.2rem,1fr));gap:.45rem .6rem;border:0;margin:.4rem 0;padding:0;min-width:0}
.settings label{display:flex;flex-direction:column;gap:.1rem;font-size:.74rem;color:var(--dim);min-width:0}.settings label input,.settings label select{color:var(--text);width:100%}
.settings>div{min-width:0}.settings .switch{flex-direction:row;align-items:center}.settings .switch input{width:auto}
.settings input.set{border-color:var(--note);color:var(--note)}
.direction{font-size:.78rem;color:var(--dim)}
.buttons{display:flex;flex-wrap:wrap;gap:.35rem;margin-top:.4rem}.buttons button{font-size:.78rem}
.hint{color:var(--dim);font-size:.8rem;overflow-wrap:anywhere}
.said:not(:empty){margin:.2rem .9rem;padding:.3rem .6rem;border-radius:.4rem;background:var(--panel);font-size:.8rem}
@media(max-width:70rem){
html,body{height:auto}
.top{flex-wrap:wrap;row-gap:.3rem}.top .where{order:5;flex-basis:100%}
.time-bar{flex-wrap:wrap;gap:.4rem;position:sticky;top:0;z-index:6;padding:.4rem .6rem}.time-bar input{order:5;flex:1 1 60%}.time-bar .clock{order:6;min-width:0;font-size:.72rem}.time-bar .to-live{margin-left:auto}.top{padding:.4rem .6rem}.top button{font-size:.75rem;padding:.2rem .45rem}
.tabs{display:flex;gap:.2rem;overflow-x:auto;padding:.4rem .6rem 0;scrollbar-width:none}.tabs button{border:0;background:none;border-bottom:2px solid transparent;border-radius:0;padding:.3rem .55rem;color:var(--dim)}.tabs button[aria-pressed=true]{border-color:var(--accent);color:var(--text);font-weight:600}
main{display:block}.column{display:contents}.pane{display:none!important}.pane.here{display:flex!important;max-height:none;min-height:60vh}
.diagram svg{height:auto;width:100%}.rows{max-height:75vh}.ladder-scroll{max-height:75vh;padding:0 .4rem}
.plot-row{flex-direction:column}.live-plot{flex:none}
}
`
