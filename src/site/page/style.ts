/** The style of the playground around the viewer. Chinese characters are not slanted: what English sets in italics is bold or plain. */
import { PAGE_STYLE } from '../../view/page/style.ts'

export const SITE_STYLE = `
${PAGE_STYLE}
.site-tabs{display:flex;gap:.2rem;overflow-x:auto;scrollbar-width:none}
.site-tabs a{padding:.3rem .65rem;border-radius:.45rem;text-decoration:none;color:var(--dim);white-space:nowrap}
.site-tabs a:hover{color:var(--text)}.site-tabs a[aria-current]{background:var(--panel);color:var(--text);font-weight:600}
.stage-bar{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem .6rem;padding:.5rem .9rem 0;font-size:.8rem;color:var(--dim)}
.stage{display:grid;grid-template-columns:1fr 1fr;gap:.6rem;padding:.6rem .6rem 0}
.host{background:var(--bg);border:1px solid var(--hair);border-radius:.7rem;box-shadow:var(--shade);padding:0 .9rem .7rem;min-width:0}
.trouble{margin:.4rem .9rem 0;padding:.4rem .7rem;border-radius:.4rem;border:1px solid var(--bad);font-size:.85rem}
.host h2{padding:.6rem 0 .1rem}.host .of{float:right;text-transform:none;letter-spacing:0;font-weight:400;font-size:.78rem}
.host.crashed{border-color:var(--bad)}.host.crashed .of{color:var(--bad)}
.settings input[type=range]{margin:.1rem 0 0;width:100%}
.send{display:flex;gap:.2rem}.send input{width:6rem;font-size:.78rem}
.at-network{max-height:60%}
.diagram svg{height:min(38vh,23rem)}
html:lang(zh) :is(i,em,.pause,.omitted){font-style:normal}html:lang(zh) em{font-weight:600}
@media(min-width:70.01rem){
body{height:auto;min-height:100%}
main{flex:none;height:max(44rem,calc(100vh - 16.5rem))}
}
@media(max-width:70rem){
.stage{padding:.4rem}.site-tabs{order:5;flex-basis:100%}.stage-bar{padding:.4rem .6rem 0}
}
@media(max-width:44rem){
.stage{grid-template-columns:1fr;gap:.4rem}
}
`
