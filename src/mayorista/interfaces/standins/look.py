"""How the pages of the stand-ins look: one sheet, one small script, nothing from outside."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--bg:#f3f5f7;--panel:#fff;--ink:#17212b;--soft:#5b6875;--line:#dde3e8;--accent:#0b6e5f;
--accent-ink:#fff;--mine:#d8f5e3;--theirs:#fff;--chat:#e9e4dc;--blue:#1a73c7;--bad:#b3261e;--hover:#eef3f5}
@media(prefers-color-scheme:dark){:root{--bg:#0f1519;--panel:#172027;--ink:#e8edf1;--soft:#b8c6d0;--line:#2a363f;
--accent:#34c3a3;--accent-ink:#06231c;--mine:#144a3a;--theirs:#202b33;--chat:#0c1114;--blue:#6fb7ff;--bad:#ff9d94;--hover:#1f2a32}}
*{box-sizing:border-box}html{font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;background:var(--bg);color:var(--ink)}
body{margin:0;min-height:100dvh;display:flex;flex-direction:column}a{color:inherit}
:focus-visible{outline:3px solid var(--blue);outline-offset:2px;border-radius:6px}
header{display:flex;gap:.25rem 1.25rem;align-items:center;flex-wrap:wrap;padding:.6rem 1rem;background:var(--panel);border-bottom:1px solid var(--line)}
header strong{font-size:1.05rem}header small{color:var(--soft)}nav{display:flex;gap:.25rem;margin-left:auto;flex-wrap:wrap}
nav a{padding:.5rem .85rem;border-radius:999px;text-decoration:none;min-height:44px;display:inline-flex;align-items:center}nav a:hover{background:var(--hover)}
nav a[aria-current]{background:var(--accent);color:var(--accent-ink);font-weight:600}
main{flex:1;min-height:0;width:100%;max-width:1180px;margin:0 auto;padding:1rem;display:grid;grid-template-columns:minmax(250px,340px) 1fr;gap:1rem}
main.wide{grid-template-columns:1fr}.panel{background:var(--panel);border:1px solid var(--line);border-radius:14px;overflow:hidden;display:flex;flex-direction:column;min-height:0}
.panel h1,.panel h2{font-size:1.05rem;margin:0;padding:.85rem 1rem;border-bottom:1px solid var(--line)}
.rows{list-style:none;margin:0;padding:0;overflow:auto}.rows a{display:grid;grid-template-columns:44px 1fr auto;gap:.1rem .75rem;padding:.7rem 1rem;text-decoration:none;border-bottom:1px solid var(--line);align-items:center}
.rows a:hover{background:var(--hover)}.rows a[aria-current]{background:var(--hover);box-shadow:inset 4px 0 var(--accent)}
.face{width:44px;height:44px;border-radius:50%;background:var(--accent);color:var(--accent-ink);display:grid;place-items:center;font-weight:700;grid-row:span 2}
.rows b,.rows span,.rows time{min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.rows span{color:var(--soft);font-size:.92rem;grid-column:2/4}.rows time{color:var(--soft);font-size:.82rem}
.rows a.new b::after{content:" \\2022";color:var(--accent)}
.panel h2 small{font-weight:400;color:var(--soft)}.face{font-style:normal}.fields button{justify-content:center}
.empty{padding:2rem 1.25rem;color:var(--soft);text-align:center}
.chat{flex:1;overflow:auto;background:var(--chat);padding:1rem;display:flex;flex-direction:column;gap:.5rem}
.bubble{max-width:min(85%,34rem);padding:.5rem .75rem;border-radius:12px;background:var(--theirs);align-self:flex-start;box-shadow:0 1px 1px #0002;white-space:pre-wrap;overflow-wrap:anywhere}
.bubble.mine{background:var(--mine);align-self:flex-end}.bubble small{display:block;color:var(--soft);font-size:.78rem;margin-top:.2rem;text-align:right}
.bubble blockquote{margin:0 0 .35rem;padding:.3rem .6rem;border-left:4px solid var(--accent);background:#0001;border-radius:6px;font-size:.88rem;color:var(--ink)}
.bubble img{max-width:100%;border-radius:8px;display:block;margin-bottom:.3rem}.bubble .file{display:inline-block;padding:.45rem .7rem;border:1px solid var(--line);border-radius:8px;margin-bottom:.3rem}
.read{color:var(--blue)}.bad{color:var(--bad)}
.answers{display:flex;gap:.4rem;flex-wrap:wrap;align-self:flex-start;max-width:85%}
button,.button{font:inherit;min-height:44px;padding:.5rem 1rem;border-radius:10px;border:1px solid var(--line);background:var(--panel);color:var(--ink);cursor:pointer;text-decoration:none;display:inline-flex;align-items:center}
button:hover{background:var(--hover)}button.first{background:var(--accent);color:var(--accent-ink);border-color:transparent;font-weight:600}
.answers button{color:var(--blue)}button[disabled]{opacity:.55;cursor:default}
form.write{display:flex;gap:.5rem;padding:.7rem;border-top:1px solid var(--line);align-items:end;flex-wrap:wrap}form.write textarea{flex:1 1 12rem}
textarea,input,select{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:10px;padding:.6rem .75rem;min-height:44px;width:100%}
input[type=checkbox]{width:22px;min-height:22px}input[type=file]{padding:.45rem}
label{display:block;font-weight:600;font-size:.92rem}label>*{font-weight:400;margin-top:.25rem}.fields{padding:1rem;display:grid;gap:.85rem}.check{display:flex;gap:.6rem;align-items:center}
details{border-top:1px solid var(--line)}summary{padding:.85rem 1rem;cursor:pointer;font-weight:600;min-height:44px}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:0;padding:1rem;border-bottom:1px solid var(--line)}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.letter{padding:1.25rem;white-space:pre-wrap;overflow-wrap:anywhere;overflow:auto}.files{padding:0 1.25rem 1.25rem;display:flex;gap:.5rem;flex-wrap:wrap}
iframe.pdf{width:100%;height:70vh;border:0;border-top:1px solid var(--line)}
.back{display:none}.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media(max-width:760px){main{grid-template-columns:1fr;padding:.5rem}main.opened>.list{display:none}main:not(.opened)>.detail{display:none}
.back{display:flex;width:max-content;margin-bottom:.5rem}header small{display:none}header{padding:.4rem .5rem}header strong{display:none}
nav{margin:0;width:100%;flex-wrap:nowrap}nav a{flex:1 1 auto;justify-content:center;padding:.5rem .4rem;font-size:.95rem;white-space:nowrap}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}main.wide>.detail{display:flex}.panel.detail{min-height:calc(100dvh - 8rem)}}
@media(min-width:761px){main{height:calc(100dvh - 4.2rem)}}
@media(prefers-reduced-motion:no-preference){.bubble{animation:come .15s ease-out}@keyframes come{from{opacity:0;transform:translateY(4px)}}}
"""

SCRIPT = """
"use strict";
const live=document.querySelectorAll("[data-live]");
const end=()=>{const c=document.querySelector(".chat");if(c)c.scrollTop=c.scrollHeight};
end();
async function renew(){
  if(document.hidden||!live.length)return;
  try{
    const answer=await fetch(location.href,{headers:{"X-Requested-With":"fetch"}});
    if(!answer.ok)return;
    const page=new DOMParser().parseFromString(await answer.text(),"text/html");
    for(const part of live){
      const fresh=page.getElementById(part.id);
      if(fresh&&fresh.innerHTML!==part.innerHTML){
        const low=part.scrollHeight-part.scrollTop-part.clientHeight<60;
        part.innerHTML=fresh.innerHTML;
        if(low)part.scrollTop=part.scrollHeight;
      }
    }
  }catch(e){/* the process was stopped: the next turn tries again */}
}
setInterval(renew,1500);
document.addEventListener("keydown",e=>{
  if(e.key==="Enter"&&!e.shiftKey&&e.target.matches("form.write textarea")){e.preventDefault();e.target.form.requestSubmit()}
});
"""
