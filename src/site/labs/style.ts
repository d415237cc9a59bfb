/** The style of the labs, and of what else shows pictures of a run. */
import { SECTION_STYLE } from '../../lab/html/style.ts'

export const PICTURES_STYLE = `
${SECTION_STYLE}.pictures h3{font-size:1rem;margin:1.4rem 0 .5rem}.pictures h4{font-size:.85rem;margin:0;font-weight:600}
.pictures .lead.section{white-space:normal;color:var(--dim);font-size:.8rem}
.pictures code,.pictures pre,.pictures .ladder{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.panel{padding-right:2.6rem}
.labs h2,.captures h2{text-transform:none;letter-spacing:normal;color:var(--text);padding:0}
main.labs,main.captures{background:var(--bg)}
@media(min-width:70.01rem){main.labs,main.captures{height:calc(100vh - 3.25rem)}}
`

export const LABS_STYLE = `
${PICTURES_STYLE}
main.labs{display:grid;grid-template-columns:minmax(13rem,16rem) minmax(18rem,30rem) minmax(0,1fr);gap:0;padding:0;align-items:stretch;overflow:hidden}
.lab-list,.guide,.lab-run{overflow-y:auto;min-height:0;padding:.6rem 1rem}
.lab-list{border-right:1px solid var(--line);padding:.4rem}
.lab-list ol{list-style:none;margin:0;padding:0}
.lab-list a{display:block;padding:.35rem .6rem;border-radius:.4rem;text-decoration:none;color:inherit;font-size:.8rem}
.lab-list a span{display:block;color:var(--dim);font-size:.74rem;line-height:1.35}
.lab-list a[aria-current]{background:color-mix(in srgb,var(--accent) 12%,var(--bg))}
.lab-list a:hover{background:var(--panel)}
.lab-choice{display:none}
.guide{border-right:1px solid var(--line);font-size:.88rem;line-height:1.55}
.guide p{margin:.5rem 0}.guide h2{font-size:1.05rem;margin:1.1rem 0 .3rem}.guide>h2{font-size:1.25rem;margin:.2rem 0}
.guide pre,.ladder-text pre{overflow-x:auto;font-size:.7rem;background:var(--panel);padding:.6rem;border-radius:.4rem}
.guide code{font-size:.92em;overflow-wrap:anywhere}.guide pre code{overflow-wrap:normal}
.guide ul,.guide ol{padding-left:1.2rem}.guide li{margin:.3rem 0}
.guide table{border-collapse:collapse;display:block;overflow-x:auto}.guide th,.guide td{border-top:1px solid var(--line);padding:.2rem .5rem;text-align:left}
.lab-settings{display:flex;flex-wrap:wrap;gap:.4rem .9rem;align-items:center;font-size:.8rem;margin-bottom:.6rem}
.lab-run .findings{max-width:80ch;font-size:.82rem}
@media(max-width:70rem){
main.labs{display:block;overflow:visible}.lab-list{display:none}
.lab-choice{display:block;padding:.6rem 1rem;font-size:.85rem}.lab-choice select{max-width:100%}
.guide{border:0}.guide,.lab-run{overflow:visible;padding:.2rem 1rem}
}
`
