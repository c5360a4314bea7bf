// Paper version: one month a page, teams are filled in by hand.
window.addEventListener("beforeprint", () => {
  document.querySelector("#month caption").textContent = new Date().toLocaleString("en-GB", { month: "long", year: "numeric" });
});
