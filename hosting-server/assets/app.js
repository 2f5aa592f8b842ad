// Small comforts. Every page works without this file.
const root = document.documentElement;

for (const it of document.querySelectorAll(".needs-js")) it.hidden = false;

addEventListener("click", async (event) => {
  const look = event.target.closest("[data-theme-to]");
  if (look) {
    event.preventDefault();
    const to = look.dataset.themeTo;
    root.dataset.theme = to;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${to}; Max-Age=31536000; Path=/; SameSite=Lax${secure}`;
  }
  const copy = event.target.closest("[data-copy]");
  if (copy && navigator.clipboard) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    const words = copy.querySelector("span");
    const before = words.textContent;
    words.textContent = copy.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2000);
  }
  if (event.target.closest("[data-print]")) print();
  for (const sheet of document.querySelectorAll("details.sheet[open]")) {
    if (!sheet.contains(event.target)) sheet.open = false;
  }
});

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const sheet of document.querySelectorAll("details.sheet[open]")) sheet.open = false;
});

// A bill that waits for money looks again by itself, and moves on when there is something new.
const waiting = document.querySelector("[data-poll]");
if (waiting) {
  let pause = 4000;
  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(waiting.dataset.poll, { headers: { accept: "application/json" } });
        if (answer.status === 200) return location.replace(location.pathname);
        if (answer.status === 401) return location.reload();
        pause = answer.ok ? 4000 : 20000;
      } catch {
        pause = 20000;
      }
    }
    setTimeout(look, pause);
  };
  setTimeout(look, pause);
}
