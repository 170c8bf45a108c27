// A module's text as a plain script, which runs in any worker and on any page.

/** What a module ends with and a plain script, which also runs where a page came from a file, may not have. */
const EXPORTS = /export\s*\{[^{}]*\};?\s*$/;

/** What else only a module may say: where it came from. */
const ADDRESS = /import\.meta\.url/g;

/** @param {string} module  plain already, or a module @returns {string} a script that makes no name global */
export function plainScript(module) {
  return EXPORTS.test(module) ? `(()=>{${module.replace(EXPORTS, "").replace(ADDRESS, "0")}})()` : module;
}
