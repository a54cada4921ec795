import { useState } from "react";
import type { KeyboardEvent } from "react";
import { Field, describedBy } from "./form";

export type ComboChoice = {
  value: string;
  label: string;
  /** What it belongs to; choices of one group follow each other. */
  group?: string;
  /** Said beside the label, and found by too. */
  detail?: string;
};

type Props = {
  id: string;
  label: string;
  message?: string;
  /** A choice's value, or whatever else was typed: that is judged where the form is read. */
  value: string;
  onValue: (value: string) => void;
  choices: ComboChoice[];
};

/** One of many choices, found by typing a part of it; by mouse or by keyboard. */
export function Combobox({ id, label, message, value, onValue, choices }: Props) {
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const chosen = choices.find((choice) => choice.value === value);
  const text = chosen?.label ?? value;
  const sought = chosen ? "" : value.trim().toLowerCase();
  const found = choices.filter(({ label: of, group, detail }) =>
    [of, group ?? "", detail ?? ""].some((part) => part.toLowerCase().includes(sought)),
  );
  const field = { id, label, ...(message ? { message } : {}) };
  const optionId = (index: number) => `${id}-option-${index}`;

  const show = (index: number) => {
    setOpen(true);
    setAt(index);
    document.getElementById(optionId(index))?.scrollIntoView({ block: "nearest" });
  };
  const choose = (choice: ComboChoice) => {
    onValue(choice.value);
    setOpen(false);
    setAt(-1);
  };
  const type = (typed: string) => {
    const same = (of: string) => of.toLowerCase() === typed.trim().toLowerCase();
    const exactly = choices.find((choice) => same(choice.label));
    onValue(exactly?.value ?? typed);
    // Nothing is left to choose then, and the list would cover what comes next.
    setOpen(!exactly);
    setAt(-1);
  };
  const pressed = (event: KeyboardEvent) => {
    const active = open ? found[at] : undefined;
    if (event.key === "ArrowDown" && found.length > 0) show(open ? (at + 1) % found.length : 0);
    else if (event.key === "ArrowUp" && found.length > 0)
      show(open && at > 0 ? at - 1 : found.length - 1);
    else if (event.key === "Enter" && active) choose(active);
    else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
  };

  return (
    <Field {...field}>
      <span className="app-combobox">
        <input
          id={id}
          name={id}
          className={`nhsuk-input app-input ${message ? "nhsuk-input--error" : ""}`}
          role="combobox"
          autoComplete="off"
          spellCheck={false}
          aria-autocomplete="list"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-activedescendant={open && at >= 0 ? optionId(at) : undefined}
          aria-invalid={message ? true : undefined}
          aria-describedby={describedBy(field)}
          placeholder="Any"
          value={text}
          onChange={(event) => type(event.target.value)}
          onKeyDown={pressed}
          onClick={() => setOpen(true)}
          onBlur={() => setOpen(false)}
        />
        <ul id={`${id}-list`} role="listbox" aria-label={label} hidden={!open}>
          {found.length === 0 && (
            <li role="option" aria-disabled aria-selected={false} className="app-quiet">
              Nothing of that name
            </li>
          )}
          {found.map((choice, index) => (
            <li
              key={choice.value}
              id={optionId(index)}
              role="option"
              aria-selected={choice.value === value}
              className={index === at ? "app-combobox__at" : undefined}
              // The field keeps the focus.
              onMouseDown={(event) => {
                event.preventDefault();
                choose(choice);
              }}
            >
              {choice.group !== undefined && choice.group !== found[index - 1]?.group && (
                <span className="app-combobox__group">{choice.group}</span>
              )}
              {choice.label}
              {choice.detail !== undefined && <span className="app-quiet"> {choice.detail}</span>}
            </li>
          ))}
        </ul>
      </span>
    </Field>
  );
}
