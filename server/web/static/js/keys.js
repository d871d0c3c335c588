// Keys that work on every page: / searches, ? lists them all, g and a letter go to a page. Who speaks to
// the machine, or hits keys by accident, switches them off; the list is still at the foot of the menu.
(() => {
  let goes = 0;
  const areOff = () => localStorage.getItem("keys") === "off";

  const list = () => {
    const dialog = document.getElementById("keys");
    dialog.querySelector("[data-keys]").checked = !areOff();
    dialog.showModal();
  };

  const isTyping = (node) =>
    node.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]") || document.querySelector("dialog[open]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || areOff() || isTyping(event.target)) return;
    if (event.key === "/") {
      event.preventDefault();
      const here = document.getElementById("search-text") || document.getElementById("menu-search");
      if (here?.checkVisibility()) here.focus();
      else location.assign(document.getElementById("keys").dataset.search);
    } else if (event.key === "?") {
      list();
    } else if (event.key === "g") {
      goes = Date.now();
      return;
    } else if (goes && Date.now() - goes < 1500) {
      document.querySelector(`.menu-entries a[data-key="${CSS.escape(event.key)}"]`)?.click();
    }
    goes = 0;
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-show-keys]")) list();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-keys]")) return;
    if (event.target.checked) localStorage.removeItem("keys");
    else localStorage.setItem("keys", "off");
  });
})();
