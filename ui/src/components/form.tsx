import { useEffect, useMemo, useRef } from "react";
import type { InputHTMLAttributes, ReactNode } from "react";
import type { Problem } from "../contract/contract";

/** What is to be done about one field; empty where nothing. */
export function messageFor(problem: Problem | null, field: string): string {
  return problem?.fields.find((of) => of.field === field)?.message ?? "";
}

/**
 * A problem for a form whose fields are told from those of others on the page by what their names begin with. The same
 * object as long as the problem is the same: what takes focus when a problem appears takes it once.
 */
export function usePrefixed(problem: Problem | null, prefix: string): Problem | null {
  return useMemo(() => {
    if (!problem || prefix === "") return problem;
    const fields = problem.fields.map((of) => ({ ...of, field: prefix + of.field }));
    return { ...problem, fields };
  }, [problem, prefix]);
}

/** Moves focus to the control of a field, or to the first control of a group of that name. */
export function focusField(field: string) {
  const target =
    document.getElementById(field) ??
    document.getElementsByName(field)[0] ??
    document.querySelector<HTMLElement>(`[id^="${CSS.escape(field)}."]`) ??
    document.querySelector<HTMLElement>(`[data-field="${CSS.escape(field)}"]`);
  target?.focus();
}

/** Heads a form that was not taken: takes focus, links to each field. */
export function ErrorSummary({ problem }: { problem: Problem }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), [problem]);
  return (
    <div className="nhsuk-error-summary app-error-summary" ref={box} tabIndex={-1} role="alert">
      <h2 className="nhsuk-error-summary__title">{problem.title}</h2>
      <div className="nhsuk-error-summary__body">
        {problem.fields.length === 0 && (
          <p>
            {problem.whatHappened} {problem.whatToDo}
          </p>
        )}
        <ul className="nhsuk-list nhsuk-error-summary__list">
          {problem.fields.map(({ field, message }) => (
            <li key={field + message}>
              <a
                href={`#${field}`}
                onClick={(event) => {
                  // The hash is the router's.
                  event.preventDefault();
                  focusField(field);
                }}
              >
                {message}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

type FieldProps = {
  id: string;
  label: ReactNode;
  hint?: ReactNode;
  message?: string;
  /** Said beside the control, as it is typed. */
  beside?: ReactNode;
};

export function describedBy({ id, hint, message, beside }: FieldProps) {
  return (
    [hint && `${id}-hint`, message && `${id}-error`, beside !== undefined && `${id}-beside`]
      .filter(Boolean)
      .join(" ") || undefined
  );
}

export function Field(props: FieldProps & { children: ReactNode }) {
  const { id, label, hint, message, beside, children } = props;
  return (
    <div className={`nhsuk-form-group app-field ${message ? "nhsuk-form-group--error" : ""}`}>
      <label className="nhsuk-label app-label" htmlFor={id}>
        {label}
      </label>
      {hint && (
        <div className="nhsuk-hint app-hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      <FieldMessage id={id} message={message} />
      <div className="app-field__row">
        {children}
        {beside !== undefined && (
          <span className="app-field__beside" id={`${id}-beside`} role="status">
            {beside}
          </span>
        )}
      </div>
    </div>
  );
}

export function FieldMessage({ id, message }: { id: string; message?: string | undefined }) {
  if (!message) return null;
  return (
    <span className="nhsuk-error-message app-error-message" id={`${id}-error`}>
      <span className="nhsuk-u-visually-hidden">Error: </span>
      {message}
    </span>
  );
}

type TextProps = FieldProps & {
  value: string;
  onText: (text: string) => void;
  /** Width in characters. */
  width?: 2 | 3 | 4 | 5 | 10 | 20 | 30;
} & Omit<InputHTMLAttributes<HTMLInputElement>, "id" | "value" | "width">;

export function TextField({
  id,
  label,
  hint,
  message,
  beside,
  value,
  onText,
  width,
  ...rest
}: TextProps) {
  const field = {
    id,
    label,
    ...(hint ? { hint } : {}),
    ...(message ? { message } : {}),
    ...(beside !== undefined ? { beside } : {}),
  };
  return (
    <Field {...field}>
      <input
        autoComplete="off"
        spellCheck={false}
        {...rest}
        id={id}
        name={id}
        className={`nhsuk-input app-input ${width ? `nhsuk-input--width-${width}` : ""} ${message ? "nhsuk-input--error" : ""}`}
        type={rest.type ?? "text"}
        value={value}
        aria-invalid={message ? true : undefined}
        aria-describedby={describedBy(field)}
        onChange={(event) => onText(event.target.value)}
      />
    </Field>
  );
}

export function TextArea({
  rows = 3,
  value,
  onText,
  ...field
}: FieldProps & { value: string; onText: (text: string) => void; rows?: number }) {
  return (
    <Field {...field}>
      <textarea
        id={field.id}
        name={field.id}
        rows={rows}
        className={`nhsuk-textarea app-input ${field.message ? "nhsuk-textarea--error" : ""}`}
        value={value}
        aria-invalid={field.message ? true : undefined}
        aria-describedby={describedBy(field)}
        onChange={(event) => onText(event.target.value)}
      />
    </Field>
  );
}

export type Choice = { value: string; label: string };

export function SelectField({
  value,
  onText,
  choices,
  ...field
}: FieldProps & { value: string; onText: (text: string) => void; choices: Choice[] }) {
  return (
    <Field {...field}>
      <select
        id={field.id}
        name={field.id}
        className={`nhsuk-select app-input ${field.message ? "nhsuk-select--error" : ""}`}
        value={value}
        aria-invalid={field.message ? true : undefined}
        aria-describedby={describedBy(field)}
        onChange={(event) => onText(event.target.value)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** Fields that belong together under one legend. */
export function Group({
  legend,
  hint,
  field,
  message,
  children,
  className = "",
}: {
  legend: ReactNode;
  hint?: string;
  field: string;
  message?: string | undefined;
  children: ReactNode;
  className?: string;
}) {
  return (
    <div
      className={`nhsuk-form-group app-field ${message ? "nhsuk-form-group--error" : ""} ${className}`}
    >
      <fieldset
        className="nhsuk-fieldset"
        data-field={field}
        tabIndex={-1}
        aria-describedby={
          [hint && `${field}-hint`, message && `${field}-error`].filter(Boolean).join(" ") ||
          undefined
        }
      >
        <legend className="nhsuk-fieldset__legend app-label">{legend}</legend>
        {hint && (
          <div className="nhsuk-hint app-hint" id={`${field}-hint`}>
            {hint}
          </div>
        )}
        <FieldMessage id={field} message={message} />
        {children}
      </fieldset>
    </div>
  );
}

export function Radios({
  name,
  value,
  onText,
  choices,
  inline = false,
}: {
  name: string;
  value: string;
  onText: (text: string) => void;
  choices: Choice[];
  inline?: boolean;
}) {
  return (
    <div className={`app-radios ${inline ? "app-radios--inline" : ""}`}>
      {choices.map((choice) => (
        <label key={choice.value} className="app-radio">
          <input
            type="radio"
            id={`${name}-${choice.value}`}
            name={name}
            value={choice.value}
            checked={value === choice.value}
            onChange={() => onText(choice.value)}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </div>
  );
}

/** A box to tick; what it says is beside it. */
export function Tick({
  id,
  label,
  message,
  checked,
  onTick,
}: {
  id: string;
  label: ReactNode;
  message?: string | undefined;
  checked: boolean;
  onTick: (checked: boolean) => void;
}) {
  return (
    <div className={message ? "nhsuk-form-group--error" : undefined}>
      <FieldMessage id={id} message={message} />
      <label className="app-radio" htmlFor={id}>
        <input
          type="checkbox"
          id={id}
          checked={checked}
          aria-describedby={message ? `${id}-error` : undefined}
          onChange={(event) => onTick(event.target.checked)}
        />
        <span>{label}</span>
      </label>
    </div>
  );
}
