// What every page can do beyond plain HTML. Without this script all pages still work.
(() => {
  const root = document.documentElement;

  // Light or dark: what was chosen here, else what the system prefers.
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (systemDark.matches ? "dark" : "light")) === "dark";
  const themeChanged = () => {
    root.toggleAttribute("data-dark", isDark());
    document.dispatchEvent(new CustomEvent("tapak:theme"));
  };
  systemDark.addEventListener("change", themeChanged);
  themeChanged();

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-switch-theme]")) {
      root.dataset.theme = isDark() ? "light" : "dark";
      localStorage.setItem("theme", root.dataset.theme);
      themeChanged();
    }
    // One explanation is open at a time; a click elsewhere closes it.
    for (const open of document.querySelectorAll("details.explain[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
    if (event.target.closest("[data-print]")) print();
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll("details.explain[open]")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });

  // A choice in a filter bar takes effect at once. Two days are sent when both are filled in.
  const typed = new WeakSet();
  const send = (form) => {
    const dates = form.querySelector(".dates");
    const custom = form.elements.period?.value === "custom";
    if (custom && [...dates.querySelectorAll("input")].some((input) => !input.value)) return;
    form.requestSubmit();
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.filters");
    if (!form || typed.has(event.target)) return;
    const dates = form.querySelector(".dates");
    if (event.target.name === "period" && dates) dates.hidden = form.elements.period.value !== "custom";
    send(form);
  });

  // A day that is typed is another one with each digit: it is sent when the typing ends, by Enter or elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.target.type !== "date" || !/^(\d|Backspace|Delete|ArrowUp|ArrowDown)$/.test(event.key)) return;
    typed.add(event.target);
  });
  // So is a number of a range: half of one is another range.
  document.addEventListener("input", (event) => {
    if (event.target.closest(".range")) typed.add(event.target);
  });
  document.addEventListener("focusout", (event) => {
    const form = event.target.closest("form.filters");
    const group = event.target.closest(".dates, .range") || event.target;
    if (!form || group.contains(event.relatedTarget)) return;
    const days = group === event.target ? [group] : [...group.querySelectorAll("input")];
    if (days.some((day) => typed.has(day) && day.value !== day.defaultValue)) send(form);
  });

  // Why a form was refused is what its reader comes to first, where it is of no field that has the focus.
  if (!document.querySelector("[autofocus]")) document.querySelector("main [data-refused]")?.focus();

  // What a filter found is said to those who do not see it change. A page that counts nothing says what it is about.
  let isAsked = false;
  const found = () => {
    const content = document.getElementById("content");
    const counted = content.querySelector("[data-found], .empty h3") ?? content.querySelector(".page-head > div");
    return counted ? (counted.dataset.found || counted.innerText).trim() : "";
  };
  document.addEventListener("htmx:after:swap", () => {
    if (isAsked) document.getElementById("said").textContent = found();
    isAsked = false;
  });

  // A request that finds no server is told, or what is shown would pass for what was asked.
  document.addEventListener("htmx:error", () => {
    document.getElementById("unreachable")?.toggleAttribute("hidden", false);
  });

  // One box chooses all rows of the page, or none of them.
  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.chooses;
    if (!name) return;
    for (const box of document.querySelectorAll(`input[type=checkbox][name="${name}"]`)) {
      box.checked = event.target.checked;
    }
  });

  // What is looked at on a page stands in its address, and in the filters that are kept of it.
  window.tapakNote = (name, value) => {
    const url = new URL(location.href);
    url.searchParams.set(name, value);
    history.replaceState(history.state, "", url);
    const kept = document.querySelector(".saved [name=query]");
    url.searchParams.delete("page");
    url.searchParams.sort();
    if (kept) kept.value = url.searchParams;
  };

  // What is not filled in stays out of the address, so that it is short to share.
  const leaveOutEmpty = (event) => {
    const form = event.target.closest("form.filters");
    if (!form) return;
    isAsked = true;
    document.getElementById("said").textContent = "";
    for (const field of form.elements) typed.delete(field);
    const custom = form.elements.period?.value === "custom";
    const left = [...form.elements].filter(
      (field) => field.name && (!field.value || (!custom && field.closest(".dates"))),
    );
    for (const field of left) field.disabled = true;
    setTimeout(() => left.forEach((field) => { field.disabled = false; }));
  };
  document.addEventListener("submit", leaveOutEmpty, { capture: true });

  // A form that is under way is not sent again by a second click; the server sees to the rest.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const method = (event.submitter?.getAttribute("formmethod") || form.method).toLowerCase();
    if (method !== "post" || event.defaultPrevented || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
