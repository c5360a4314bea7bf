"use strict";

const element = (id) => document.getElementById(id);
const entered = {};
let current = 0;

const allFields = FORM.steps.flatMap((step) => step.fields);

function counts(field) {
  const condition = field.onlyIf;
  if (!condition) {
    return true;
  }
  const other = allFields.find((one) => one.name === condition.field);
  return counts(other) && valueOf(other) === condition.value;
}

function valueOf(field) {
  const text = (entered[field.name] ?? "").trim();
  return field.type === "number" && text !== "" ? Number(text) : text;
}

const fieldsOf = (step) => step.fields.filter(counts);
const openSteps = () => FORM.steps.filter((step) => fieldsOf(step).length > 0);

function problemOf(field) {
  const text = (entered[field.name] ?? "").trim();
  if (text === "") {
    return "Please fill this in";
  }
  const isWrong = field.type === "number"
    && (!/^[+-]?\d+$/.test(text) || Number(text) < field.least || Number(text) > field.most);
  return isWrong ? `Between ${field.least} and ${field.most}` : "";
}

function makeInput(field) {
  const input = document.createElement(field.type === "choice" ? "select" : "input");
  input.name = field.name;
  if (field.type === "choice") {
    input.append(...["", ...field.choices].map((choice) => new Option(choice, choice)));
  } else {
    input.inputMode = field.type === "number" ? "numeric" : "text";
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        goOn();
      }
    });
  }
  input.value = entered[field.name] ?? "";
  input.addEventListener("input", () => {
    entered[field.name] = input.value;
  });
  return input;
}

function draw() {
  const steps = openSteps();
  const step = steps[current];
  element("title").textContent = step.title;
  element("progress").max = steps.length;
  element("progress").value = current + 1;
  element("back").disabled = current === 0;
  element("next").textContent = current === steps.length - 1 ? "Send" : "Next";
  element("fields").replaceChildren(...fieldsOf(step).flatMap((field) => {
    const label = document.createElement("label");
    label.append(field.label, makeInput(field));
    const error = document.createElement("p");
    error.className = "error";
    error.dataset.for = field.name;
    return [label, error];
  }));
}

function goOn() {
  const fields = fieldsOf(openSteps()[current]);
  for (const field of fields) {
    element("fields").querySelector(`[data-for="${field.name}"]`).textContent = problemOf(field);
  }
  if (fields.some(problemOf)) {
    return;
  }
  if (current === openSteps().length - 1) {
    send();
    return;
  }
  current++;
  draw();
}

function send() {
  const answers = Object.fromEntries(allFields.filter(counts).map((field) => [field.name, valueOf(field)]));
  element("result").textContent = JSON.stringify({ form: SETTINGS.form, office: SETTINGS.office, answers }, null, 2);
  element("fields").replaceChildren();
  element("title").textContent = "Thank you";
  element("back").disabled = element("next").disabled = true;
}

element("next").addEventListener("click", goOn);
element("back").addEventListener("click", () => {
  current--;
  draw();
});
draw();
