/** The style of the missions. */

export const MISSIONS_STYLE = `
.mission{display:grid;grid-template-columns:minmax(0,1.3fr) minmax(0,1fr);gap:.6rem 2rem;padding:.7rem .9rem;background:var(--bg);border-bottom:1px solid var(--hair);font-size:.85rem}
.mission p{margin:.4rem 0;max-width:80ch}.mission select{font-weight:600;max-width:100%}
.mission .hints{margin:.3rem 0;padding-left:1.3rem;color:var(--note)}
.mission ul{list-style:none;margin:0;padding:0}.mission li{padding:.1rem 0}
.mission li small{color:var(--dim)}.mission li.met{color:var(--good)}.mission li.missed{color:var(--bad)}
.mission .verdict{font-weight:600}.mission .verdict.open{color:var(--dim);font-weight:400}.mission .verdict.solved{color:var(--good)}.mission .verdict.failed{color:var(--bad)}
.mission .moral{display:block;font-weight:400;color:var(--text)}
@media(max-width:44rem){.mission{grid-template-columns:1fr;padding:.6rem}}
`
