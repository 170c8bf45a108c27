// The style sheet: colours and fonts from style.json, everything below the class "snb".

import style from "../../../symbolnb/notebook/style.json";

const { text, box, themes } = style;

/** @param {"light" | "dark"} name */
function themeRules(name) {
  const { families, ...colours } = themes[name];
  const variables = Object.entries(colours).map(([key, value]) => `--snb-${key.replaceAll("_", "-")}:${value};`);
  const rules = [`.snb[data-theme="${name}"]{color-scheme:${name};${variables.join("")}}`];
  for (const [family, { tint, line, text: ink }] of Object.entries(families)) {
    rules.push(`.snb[data-theme="${name}"] .snb-f-${family}{--tint:${tint};--hue:${line};--ink:${ink}}`);
  }
  return rules.join("\n");
}

/**
 * High contrast: full black and white, and strong lines in the families' hues.
 * @param {"light" | "dark"} name @param {string} ink @param {string} ground
 */
function contrastRules(name, ink, ground) {
  const on = `.snb.snb[data-contrast="more"][data-theme="${name}"]`;
  const lines = ["line", "edge", "text", "muted", "frame-line"].map((key) => `--snb-${key}:${ink};`);
  const grounds = ["canvas", "surface", "raised", "frame"].map((key) => `--snb-${key}:${ground};`);
  const families = Object.entries(themes[name].families).map(([family, { text: hue }]) =>
    `${on} .snb-f-${family}{--tint:${ground};--hue:${hue};--ink:${ink}}`);
  return [`${on}{${lines.join("")}${grounds.join("")}}`, ...families, `${on} .snb-card{stroke-width:2.5}`,
    `${on} .snb-wire path{stroke-width:2}`, `${on} .snb-svg text{opacity:1}`].join("\n");
}

export const css = `
${themeRules("light")}
${themeRules("dark")}
${contrastRules("light", "#000", "#fff")}
${contrastRules("dark", "#fff", "#000")}
.snb[data-host="jupyter"]{--snb-canvas:var(--jp-layout-color0);--snb-text:var(--jp-content-font-color1);
  --snb-sans:var(--jp-ui-font-family,${text.sans})}
.snb{--snb-thin:1px solid var(--snb-line);--snb-sans:${text.sans};--snb-mono:${text.mono};box-sizing:border-box;
  font:13px/1.45 var(--snb-sans);color:var(--snb-text);background:var(--snb-canvas);border:var(--snb-thin);
  border-radius:10px;overflow:hidden;display:flex;flex-direction:column;text-align:left;position:relative}
.snb *,.snb *::before{box-sizing:border-box}
.snb button{font:inherit;color:inherit;background:none;border:0;padding:0;margin:0;cursor:pointer}
.snb [hidden]{display:none!important}
.snb :is(.snb-search,.snb-settings,.snb-menu,.snb-waiting){background:var(--snb-surface);border:var(--snb-thin);border-radius:8px;
  box-shadow:0 2px 10px rgb(0 0 0/.14);font-size:12px;cursor:default}
.snb :focus-visible{outline:2px solid var(--snb-accent);outline-offset:1px}
.snb-header{display:flex;flex-wrap:wrap;align-items:center;gap:4px 18px;padding:9px 10px 9px 14px;
  border-bottom:var(--snb-thin)}
.snb .snb-title{font-weight:650;text-align:left;font-size:14px;max-width:100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.snb-title:hover{text-decoration:underline;text-underline-offset:3px}
.snb-totals{display:flex;flex-wrap:wrap;gap:0 16px;margin:0;padding:0;list-style:none;font-size:12px;color:var(--snb-muted)}
.snb-totals li{white-space:nowrap;margin:0}
.snb-totals b{font-weight:600;color:var(--snb-text);font-variant-numeric:tabular-nums}
.snb-note{display:flex;gap:10px;align-items:baseline;padding:7px 14px;font-size:12px;border-bottom:var(--snb-thin);
  overflow-wrap:anywhere;max-height:7.5em;overflow:auto}
.snb-note span{flex:1}
.snb .snb-note-error{display:block;font-size:13px;max-height:14em}
.snb-note-error p{margin:0;user-select:text}
.snb-note-places{display:flex;flex-wrap:wrap;gap:2px 16px;margin:3px 0 0;padding:0;list-style:none;color:var(--snb-text)}
.snb-note-places li{margin:0}
.snb-note-places .snb-link{font-weight:600}
.snb .snb-note-places .snb-mono{font-family:var(--snb-mono);font-size:12px}
.snb-note-error{background:var(--snb-error-tint);color:var(--snb-error)}
.snb-note-unknown{color:var(--snb-warning)}
.snb-main{display:flex;min-height:0;flex:1 1 auto}
.snb-canvas{position:relative;flex:1 1 0;min-width:0;height:var(--snb-height,480px);min-height:160px;overflow:hidden;
  touch-action:pan-x pan-y;cursor:grab}
@media (any-pointer:coarse){.snb-canvas:focus-within{touch-action:none}}
.snb-canvas.snb-grabbing{cursor:grabbing}
.snb-canvas>svg{position:absolute;inset:0;width:100%;height:100%;display:block;user-select:none;-webkit-user-select:none}
.snb .snb-canvas>svg,.snb .snb-svg g:focus-visible{outline:none}
.snb-canvas::after{content:"";position:absolute;inset:0;pointer-events:none;--above:0px;--below:0px;--left:0px;--right:0px;
  background:linear-gradient(to bottom,var(--snb-canvas),transparent) top/100% var(--above) no-repeat,
  linear-gradient(to top,var(--snb-canvas),transparent) bottom/100% var(--below) no-repeat,
  linear-gradient(to right,var(--snb-canvas),transparent) left/var(--left) 100% no-repeat,
  linear-gradient(to left,var(--snb-canvas),transparent) right/var(--right) 100% no-repeat}
${["above", "below", "left", "right"].map((side) => `.snb-canvas[data-more~=${side}]::after{--${side}:28px}`).join("\n")}
.snb[data-contrast=more] .snb-canvas::after{display:none}
.snb-tools{margin:-3px 0 -3px auto;order:1;display:flex;background:var(--snb-surface);border:var(--snb-thin);
  border-radius:8px;overflow:hidden;font-size:12px;color:var(--snb-muted)}
.snb-tool{display:flex!important;align-items:center;justify-content:center;min-width:30px;height:28px;padding:0 7px!important}
.snb-tool:hover{background:var(--snb-raised)!important;color:var(--snb-text)!important}
.snb-tool:focus-visible{outline-offset:-2px}
.snb-scale{min-width:44px;text-align:center;align-self:center;font-variant-numeric:tabular-nums}
.snb-legend{display:flex;flex-wrap:wrap;gap:2px 14px;margin:0;padding:7px 14px;list-style:none;font-size:11.5px;
  color:var(--snb-muted);border-top:var(--snb-thin)}
.snb-legend li{display:flex;align-items:center;margin:0}
.snb-family{display:flex!important;align-items:center;gap:6px;padding:1px 6px!important;margin:0 -6px!important;border-radius:5px!important}
.snb-family:hover{color:var(--snb-text)!important;background:var(--snb-raised)!important}
.snb-family[aria-pressed=true]{color:var(--ink)!important;background:var(--tint)!important;box-shadow:inset 0 0 0 1px var(--hue)}
.snb-legend i{width:10px;height:10px;border-radius:3px;background:var(--tint);border:1.5px solid var(--hue)}
.snb-legend .snb-hint{margin-left:auto;order:1}
.snb-inspector{flex:0 0 320px;border-left:var(--snb-thin);background:var(--snb-surface);overflow:auto;
  height:var(--snb-height,480px);padding:0 0 14px;font-size:12.5px;overflow-wrap:anywhere}
.snb-card-head{position:sticky;top:0;background:var(--tint,var(--snb-surface));color:var(--ink,var(--snb-text));
  padding:11px 14px 10px;display:grid;grid-template-columns:1fr auto auto;gap:0 4px;border-bottom:1px solid var(--hue,var(--snb-line))}
.snb-card-head h3{margin:0;font-size:14px;font-weight:650;line-height:1.35;color:inherit}
.snb-card-head p{margin:1px 0 0;font-size:12px;opacity:.86;grid-column:1/4;user-select:text}
.snb-close,.snb-copy{width:22px;height:22px;border-radius:5px!important;display:flex!important;align-items:center;justify-content:center}
.snb-close:hover,.snb-copy:hover{background:color-mix(in srgb,currentColor 14%,transparent)!important}
.snb-doc{margin:10px 14px 0;color:var(--snb-muted)}
.snb-failure{margin:10px 14px 0;padding:8px 10px;border-radius:6px;background:var(--snb-error-tint);color:var(--snb-error)}
.snb-section{margin:14px 14px 0}
.snb-section h4{margin:0 0 4px;font-size:11px;font-weight:600;letter-spacing:.02em;color:var(--snb-muted)}
.snb-list{margin:0;padding:0;list-style:none}
.snb-list li{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;padding:4px 0;margin:0;
  border-top:var(--snb-thin)}
.snb-list li:first-child{border-top:0}
.snb-key{color:var(--snb-text)}
.snb-value{font-family:var(--snb-mono);font-size:11.5px;text-align:right;margin-left:auto;user-select:text}
.snb-more{flex-basis:100%;color:var(--snb-muted);font-size:11.5px}
.snb-histogram{width:140px;height:28px;margin:1px 0 3px auto;border-bottom:1px solid var(--snb-edge)}
.snb-histogram path{fill:var(--snb-accent)}
.snb-histogram line{stroke:var(--snb-text);stroke-width:1;vector-effect:non-scaling-stroke;stroke-dasharray:2 2}
.snb-default .snb-key,.snb-default .snb-value{color:var(--snb-muted)}
.snb-changed .snb-key{font-weight:600}
.snb-changed .snb-key::before{content:"";display:inline-block;width:6px;height:6px;border-radius:3px;margin-right:6px;
  background:var(--snb-accent);vertical-align:1.5px}
.snb-link{color:var(--snb-accent)!important;text-align:left;overflow-wrap:anywhere}
.snb-link:hover{text-decoration:underline}
.snb-warn{fill:var(--snb-warning);color:var(--snb-warning);font-weight:700}
.snb-svg text{font-family:var(--snb-sans);fill:var(--snb-text)}
.snb-svg .snb-mono{font-family:var(--snb-mono);font-size:${box.label}px}
.snb-box{cursor:pointer;outline:none}
.snb-card{fill:var(--snb-surface);stroke:var(--hue);stroke-width:1}
.snb-warm.snb-variable .snb-card{fill:var(--tint)}
.snb-svg .snb-warm.snb-variable .snb-t-tag{fill:var(--ink)}
.snb-head{fill:var(--tint)}
.snb-rule{stroke:var(--hue);stroke-width:1;opacity:.55}
.snb-svg .snb-t-title{font-size:${box.title}px;font-weight:600;fill:var(--ink)}
.snb-svg .snb-t-name,.snb-svg .snb-t-detail{font-size:${box.name}px;fill:var(--ink);opacity:.84}
.snb-svg .snb-warm :is(.snb-t-name,.snb-t-detail){opacity:1}
.snb-svg .snb-t-tag{font-size:${box.tag}px;fill:var(--snb-muted)}
.snb-svg .snb-t-error{font-size:${box.name}px;fill:var(--snb-error)}
.snb-svg .snb-row-label{font-size:${box.row}px;fill:var(--snb-muted)}
.snb-svg .snb-row-value{fill:var(--snb-text)}
.snb-row{cursor:pointer}
.snb-row:hover .snb-row-label{fill:var(--snb-text);text-decoration:underline}
.snb-row-selected rect{fill:var(--snb-accent);opacity:.14}
.snb-row rect{fill:transparent}
.snb-svg .snb-shape{fill:var(--snb-muted)}
.snb-svg .snb-shape .snb-warn{fill:var(--snb-warning)}
.snb-svg .snb-row-value .snb-warn{fill:var(--snb-warning)}
.snb-output{fill:var(--snb-text)}
.snb-svg .snb-output-text{font-size:${box.tag}px;font-weight:600;fill:var(--snb-canvas)}
.snb-label .snb-card{stroke-dasharray:4 3}
.snb-failed .snb-card{stroke:var(--snb-error);stroke-width:1.5}
.snb-failed,.snb-bad{--tint:var(--snb-error-tint)!important;--hue:var(--snb-error)!important;--ink:var(--snb-error)!important}
${["added", "removed", "changed"].map((change) => `.snb-${change}{--change:var(--snb-${change})}`).join("")}
.snb-box:is(.snb-added,.snb-removed,.snb-changed) .snb-card{stroke:var(--change);stroke-width:2.5}
.snb-wire:is(.snb-added,.snb-removed) path:not(.snb-hit):not(.snb-arrow){stroke:var(--change);stroke-width:2}
.snb-wire:is(.snb-added,.snb-removed) .snb-arrow{fill:var(--change)}
.snb-removed .snb-card,.snb-wire.snb-removed path:not(.snb-hit):not(.snb-arrow){stroke-dasharray:5 3}
.snb-svg .snb-row:is(.snb-added,.snb-removed,.snb-changed) .snb-row-label{fill:var(--change);font-weight:600}
.snb-badge circle{fill:var(--change)}
.snb-svg .snb-badge text{font-size:13px;font-weight:700;fill:var(--snb-canvas)}
.snb-again circle{fill:var(--snb-surface);stroke:var(--hue)}
.snb-again path{fill:none;stroke:var(--ink);stroke-width:1.3;stroke-linecap:round;stroke-linejoin:round}
.snb-legend .snb-recomputed i{background:none;border:1.5px solid var(--snb-muted);border-right-color:transparent;border-radius:50%}
.snb-legend .snb-change i{background:var(--change);border-color:var(--change);border-radius:50%}
.snb .snb-change .snb-family[aria-pressed=true]{color:var(--snb-text)!important;background:var(--snb-raised)!important;box-shadow:inset 0 0 0 1px var(--change)}
.snb-value:is(.snb-added,.snb-removed,.snb-changed){color:var(--change);font-weight:600}
.snb-became{margin:10px 14px 0;font-weight:600;color:var(--change)}
.snb-twin .snb-ring{visibility:visible;stroke:var(--snb-accent);stroke-dasharray:2 4}
.snb-far .snb-head{fill:var(--hue)}
.snb-far .snb-wire path:not(.snb-hit),.snb-far .snb-trunk{stroke-width:3}
.snb-coarse{fill:var(--hue)}
.snb-coarse.snb-found{fill:var(--snb-found)}
.snb-f-group{--tint:var(--snb-raised);--hue:var(--snb-edge);--ink:var(--snb-text)}
.snb-search{position:absolute;top:10px;right:10px;left:auto;z-index:2;display:flex;align-items:center;width:min(360px,calc(100% - 20px));
  padding:2px}
.snb-search-input{flex:1 1 auto;min-width:60px;font:inherit;color:var(--snb-text);background:none;border:0;padding:5px 8px;outline-offset:-2px;
  border-radius:6px;margin:0;height:28px}
.snb-search-input::-webkit-search-cancel-button{display:none}
.snb-search-input::placeholder{color:var(--snb-muted);opacity:1}
.snb-search-status{color:var(--snb-muted);white-space:nowrap;max-width:46%;overflow:hidden;text-overflow:ellipsis;padding:0 4px 0 8px;
  font-variant-numeric:tabular-nums}
.snb-search-reason{font-family:var(--snb-mono);font-size:11px;margin-left:8px}
.snb .snb-search .snb-tool{border-radius:6px;min-width:26px;padding:0 4px!important;color:var(--snb-muted)}
.snb-settings{position:absolute;top:10px;right:10px;z-index:3;display:grid;gap:8px;padding:12px}
.snb-settings label{display:grid;grid-template-columns:70px 1fr;align-items:center;gap:10px;margin:0;color:var(--snb-muted)}
.snb-settings select{font:inherit;color:var(--snb-text);background:var(--snb-canvas);border:var(--snb-thin);border-radius:6px;
  padding:4px 6px;min-width:150px}
.snb-tip{position:absolute;left:0;top:0;z-index:2;max-width:min(420px,calc(100% - 12px));max-height:60%;overflow:hidden;width:max-content;
  padding:6px 10px;border-radius:7px;border:1px solid var(--snb-edge);background:var(--snb-surface);font-size:12px;white-space:pre-line;
  overflow-wrap:anywhere;pointer-events:none;box-shadow:0 2px 10px rgb(0 0 0/.2)}
.snb-menu{position:absolute;top:10px;right:10px;z-index:3;padding:6px;max-width:calc(100% - 20px)}
.snb .snb-menu-item{display:grid;grid-template-columns:44px 1fr;gap:8px;width:100%;padding:6px 10px;border-radius:5px;text-align:left}
.snb-menu-item span{color:var(--snb-muted)}
.snb-menu-item .snb-menu-name{font-weight:600;color:var(--snb-text)}
.snb .snb-menu-item:hover,.snb .snb-menu-item:focus{background:var(--snb-raised)}
.snb-menu-said{margin:4px 10px;max-width:220px;color:var(--snb-muted)}
.snb-menu-said:empty{display:none}
.snb-map{position:absolute;z-index:1;background:var(--snb-surface);border:var(--snb-thin);border-radius:6px;
  overflow:hidden;padding:3px;cursor:crosshair;touch-action:none;box-sizing:content-box!important}
.snb-map svg{display:block;width:100%;height:100%}
.snb-map path{fill:var(--hue)}
.snb-map .snb-failed{fill:var(--snb-error)}
.snb-map-view{fill:var(--snb-accent);fill-opacity:.12;stroke:var(--snb-accent);stroke-width:1.5;vector-effect:non-scaling-stroke}
.snb-crumbs{padding:4px 14px;border-bottom:var(--snb-thin);font-size:12px}
.snb-crumbs ol{display:flex;flex-wrap:wrap;gap:2px 4px;margin:0;padding:0;list-style:none}
.snb-crumbs li{margin:0;display:flex;align-items:center;min-width:0}
.snb-crumbs li+li::before{content:"\\203a";margin:0 4px 0 2px;color:var(--snb-muted)}
.snb .snb-crumb{padding:1px 4px;border-radius:4px;color:var(--snb-muted);overflow-wrap:anywhere;text-align:left}
.snb .snb-crumb:hover{color:var(--snb-text);background:var(--snb-raised)}
.snb-crumbs li:last-child .snb-crumb{color:var(--snb-text);font-weight:600}
.snb-full{position:fixed!important;inset:0!important;width:auto!important;height:auto!important;max-width:none!important;max-height:none!important;
  margin:0!important;padding:0!important;border:0!important;border-radius:0!important;z-index:100000}
.snb-full .snb-canvas,.snb-full .snb-inspector{height:auto}
.snb .snb-heat-scale{display:flex;flex-wrap:wrap;align-items:center;gap:2px 8px}
.snb-heat-bar,.snb-legend .snb-heat-bar{width:90px;height:10px;border-radius:3px;border:var(--snb-thin);
  background:linear-gradient(90deg,var(--snb-surface),var(--snb-heat))}
.snb-heat-scale span{white-space:nowrap}
.snb-heat-total{color:var(--snb-text);font-weight:600}
.snb-heated .snb-family i{display:none}
.snb-pale{opacity:.22}
.snb-row-found rect{fill:var(--snb-found);opacity:.3}
.snb-actions{display:flex;flex-wrap:wrap;gap:6px;margin:10px 14px 0}
.snb .snb-action{display:inline-flex;align-items:center;gap:5px;padding:3px 9px;border:var(--snb-thin);border-radius:6px;
  font-size:12px;background:var(--snb-surface)}
.snb .snb-action:hover{background:var(--snb-raised)}
.snb .snb-action[aria-pressed=true]{background:var(--snb-accent);border-color:var(--snb-accent);color:var(--snb-canvas)}
.snb-waiting{position:absolute;left:50%;top:50%;z-index:2;transform:translate(-50%,-50%);display:flex;align-items:center;gap:12px;
  padding:10px 14px;max-width:calc(100% - 24px);color:var(--snb-muted);font-variant-numeric:tabular-nums}
.snb-meter{flex:0 0 120px;height:5px;border-radius:3px;background:var(--snb-line);overflow:hidden}
.snb-meter span{display:block;height:100%;background:var(--snb-accent)}
.snb-said{margin:8px 14px 0;color:var(--snb-muted)}
.snb-tool[disabled]{opacity:.35;cursor:default!important}
.snb-ring{fill:none;stroke:var(--snb-accent);stroke-width:2.5;visibility:hidden}
.snb-found .snb-ring{visibility:visible;stroke:var(--snb-found);stroke-width:3}
.snb-found-now .snb-ring{stroke-width:5}
.snb-box:hover .snb-card{stroke-width:1.75}
.snb-selected .snb-ring,.snb-box:focus-visible .snb-ring{visibility:visible;stroke:var(--snb-accent)}
.snb-box:focus-visible .snb-ring{stroke-dasharray:5 3}
.snb-selected:focus-visible .snb-ring{stroke-dasharray:none}
.snb-wire path{fill:none;stroke:var(--snb-edge);stroke-width:1.3}
.snb-wire .snb-arrow{fill:var(--snb-edge);stroke:none}
.snb-wire .snb-hit{stroke:transparent;stroke-width:11}
.snb-wire:hover path:not(.snb-hit):not(.snb-arrow),.snb-wire-on path:not(.snb-hit):not(.snb-arrow){
  stroke:var(--snb-accent);stroke-width:2}
.snb-wire:hover .snb-arrow,.snb-wire-on .snb-arrow{fill:var(--snb-accent)}
.snb-trunk{stroke:var(--snb-edge);stroke-width:1.3}
.snb-chip{cursor:pointer;outline:none}
.snb-chip rect{fill:var(--snb-raised);stroke:var(--snb-edge);stroke-dasharray:3 2.5}
.snb-svg .snb-chip text{font-size:${box.name}px;fill:var(--snb-muted)}
.snb-chip:hover text{fill:var(--snb-text)}
.snb-chip:focus-visible rect{stroke:var(--snb-accent);stroke-width:2}
.snb-frame-area{fill:var(--snb-frame);fill-opacity:.6;stroke:var(--snb-frame-line)}
.snb-frame-head{cursor:pointer;outline:none}
.snb-svg .snb-frame-head text{font-size:12px;font-weight:600;fill:var(--snb-muted);paint-order:stroke;stroke:var(--snb-frame);
  stroke-width:5px;stroke-linejoin:round}
.snb-frame-head:hover text{fill:var(--snb-text)}
.snb-frame-head rect{fill:transparent}
.snb-frame-head:focus-visible rect{stroke:var(--snb-accent);stroke-width:2}
.snb-toggle{fill:none;stroke:var(--snb-muted);stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.snb-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.snb-page{position:fixed;inset:0;border:0;border-radius:0}
.snb-page .snb-canvas,.snb-page .snb-inspector{height:auto}
:where(.snb-small) .snb-title{flex:1 1 0}
:where(.snb-small) .snb-totals{order:2;flex-basis:100%}
:where(.snb-small) .snb-main{flex-direction:column}
:where(.snb-small) .snb-canvas{flex:1 0 auto}
:where(.snb-small) .snb-inspector{flex:0 0 auto;height:auto;max-height:420px;border-left:0;border-top:var(--snb-thin)}
.snb-page:where(.snb-small) .snb-canvas{flex:1 1 0}
.snb-page:where(.snb-small) .snb-inspector{max-height:50vh}
:where(.snb-small) .snb-hint{display:none!important}
:where(.snb-smaller) .snb-header{padding:8px 8px 8px 12px;gap:4px 10px}
.snb:where(.snb-smaller) .snb-title{min-width:96px}
:where(.snb-smaller) .snb-scale,:where(.snb-smaller) .snb-tool[disabled]{display:none!important}
:where(.snb-smaller) .snb-totals{gap:0 12px}
:where(.snb-smaller) .snb-note{flex-wrap:wrap;gap:2px}
:where(.snb-smaller) .snb-note span{flex:1 0 100%}
:where(.snb-smaller) .snb-note{max-height:12em}
:where(.snb-smaller) .snb-legend{padding:7px 12px;gap:2px 12px}
:where(.snb-smallest) .snb-tools{margin:3px 0;flex-basis:100%;justify-content:space-between}
.snb:where(.snb-smallest) .snb-tool{min-width:24px;padding:0 2px!important}
:where(.snb-smallest) .snb-scale{min-width:38px}
@media (prefers-reduced-motion:no-preference){.snb-ring,.snb-wire path{transition:stroke .12s,stroke-width .12s}}
@media (forced-colors:active){.snb-card,.snb-wire path,.snb-trunk{stroke:CanvasText}.snb-ring{stroke:Highlight}}
`;
