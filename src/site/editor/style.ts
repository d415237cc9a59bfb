/** The style of the part in which a controller is written. */

export const EDITOR_STYLE = `
main.controller{display:grid;grid-template-columns:minmax(20rem,1fr) minmax(20rem,1fr) minmax(15rem,20rem);grid-template-rows:minmax(0,1fr);padding:0;gap:0;overflow:hidden}
.writing,.outcome,.interface{min-width:0;min-height:0;overflow-y:auto;padding:.6rem 1rem}
.writing{display:flex;flex-direction:column}.writing,.outcome{border-right:1px solid var(--line)}
main.controller{background:var(--bg)}
@media(min-width:70.01rem){main.controller{height:calc(100vh - 3.25rem)}}
.controller h2{font-size:1.05rem;margin:0 0 .3rem;padding:0;text-transform:none;letter-spacing:normal;color:var(--text)}
.code{flex:1;min-height:16rem;border:1px solid var(--line);border-radius:.4rem;overflow:hidden}
.controller .buttons{margin:.6rem 0;align-items:center}
.controller .verdict.bad{color:var(--bad);font-weight:600;font-size:.85rem;overflow-wrap:anywhere}
.path fieldset{border:0;padding:0;margin:0 0 .6rem;display:grid;grid-template-columns:repeat(auto-fill,minmax(8rem,1fr));gap:.4rem .7rem}
.path legend{font-weight:600;font-size:1.05rem;padding:0 0 .3rem}
.path label{display:flex;flex-direction:column;font-size:.74rem;color:var(--dim);justify-content:end}.path label input{color:var(--text)}
.path .switch{flex-direction:row;align-items:center;justify-content:start;grid-column:1/-1}
.outcome table{border-collapse:collapse;font-size:.82rem;margin-bottom:.8rem}
.outcome th,.outcome td{padding:.2rem .8rem .2rem 0;border-top:1px solid var(--line);text-align:left}.outcome td{text-align:right}
.outcome .plots{grid-template-columns:1fr}.outcome .plot-area{height:12rem}
.p-lane-0{stroke:var(--bad)}.p-lane-1{stroke:var(--accent)}.p-lane-2{stroke:var(--established)}
.plot-area .p-lane-0{stroke-width:2.5}
.legend .l-lane-0::before,th.l-lane-0{color:var(--bad)}.legend .l-lane-1::before,th.l-lane-1{color:var(--accent)}.legend .l-lane-2::before,th.l-lane-2{color:var(--established)}
.interface{font-size:.8rem}.interface dl{display:block;margin:.3rem 0}.interface dl div{display:block;padding:.3rem 0;border-top:1px solid var(--line)}
.interface dt code{white-space:normal;overflow-wrap:anywhere;color:var(--accent)}.interface dd{margin:.1rem 0 0;text-align:left;color:var(--text)}
@media(max-width:70rem){
main.controller{display:block;overflow:visible}.writing,.outcome,.interface{overflow:visible;border:0;padding:.4rem .8rem}
.code{height:24rem}
}
`
