"""The look of evaluation pages: light and dark, colours of Okabe and Ito, and what sorts a table.

Nothing is fetched. The script only reorders rows; without it the page says all the same.
"""

STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#555;--paper:#fff;--rule:#ddd;--sea:#f4f6f8;
--grid:#e3e3e3;--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#a0568a;--c4:#7a5c00;
--good:#00664b;--bad:#a33b00}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#a8b0ba;--paper:#14181d;
--rule:#333b44;--sea:#1b2128;--grid:#2b333c;--c0:#56b4e9;--c1:#e69f00;--c2:#3fd0a4;--c3:#e0a0cb;
--c4:#f0e442;--good:#4fd6ad;--bad:#ff9d5c}}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;
color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem}h2{margin-top:2.2rem;border-bottom:1px solid var(--rule)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
td,th{padding:.25rem .6rem;text-align:right;border-bottom:1px solid var(--rule);
font-variant-numeric:tabular-nums}
td:first-child,th:first-child{text-align:left}.words td,.words th{text-align:left}
th button{all:unset;cursor:pointer;text-decoration:underline dotted}
th button:focus-visible,summary:focus-visible{outline:2px solid var(--c0)}
figure{margin:1rem 0}svg{width:100%;height:auto;max-width:60rem;display:block}
svg text{font-size:11px;fill:var(--soft)}.mid{text-anchor:middle}.end{text-anchor:end}
.grid{stroke:var(--grid)}.bar{fill:var(--c0)}.sea{fill:var(--sea)}
.line{fill:none;stroke-width:1.3;stroke-linejoin:round}
.c0{stroke:var(--c0)}.c1{stroke:var(--c1);stroke-dasharray:6 2}
.c2{stroke:var(--c2);stroke-dasharray:2 2}.c3{stroke:var(--c3);stroke-width:2.6}
.c4{stroke:var(--c4);stroke-dasharray:8 3 2 3}
.key{margin-right:1.2em;border-bottom:3px solid;padding-bottom:1px}
.k0{border-color:var(--c0)}.k1{border-color:var(--c1);border-bottom-style:dashed}
.k2{border-color:var(--c2);border-bottom-style:dotted}.k3{border-color:var(--c3)}
.k4{border-color:var(--c4);border-bottom-style:double}
figcaption{color:var(--soft);font-size:.85rem}
.pass{color:var(--good);font-weight:600}.fail{color:var(--bad);font-weight:600}
.note{color:var(--soft)}details{margin:.6rem 0}summary{cursor:pointer}
@media print{details{display:block}}
"""

SORT_SCRIPT = """
for(const table of document.querySelectorAll('table.sortable')){
 const heads=[...table.tHead.rows[0].cells];
 heads.forEach((head,column)=>{
  const button=document.createElement('button');button.textContent=head.textContent;
  head.textContent='';head.append(button);
  button.onclick=()=>{
   const down=head.getAttribute('aria-sort')==='ascending';
   heads.forEach(other=>other.removeAttribute('aria-sort'));
   head.setAttribute('aria-sort',down?'descending':'ascending');
   const value=row=>{const text=row.cells[column].dataset.value??row.cells[column].textContent;
    const number=parseFloat(text);return isNaN(number)?text:number};
   const rows=[...table.tBodies[0].rows];
   rows.sort((a,b)=>{const x=value(a),y=value(b);
    const order=typeof x===typeof y?(x<y?-1:x>y?1:0):(typeof x==='number'?-1:1);
    return down?-order:order});
   table.tBodies[0].append(...rows)}})}
"""
