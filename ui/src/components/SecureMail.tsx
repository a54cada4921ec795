import { useState } from "react";
import type { SecureMailView } from "../contract/contract";
import { Button } from "./Button";

/** How a person sends a referral by secure mail: what to do, and what to copy into the mail. */
export function SecureMail({ mail, id }: { mail: SecureMailView; id: string }) {
  const { address, subject, attachment, steps } = mail;
  return (
    <section className="app-mail" aria-label="By secure mail">
      <ol className="app-mail__steps">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <Copied id={`${id}-address`} label="To" text={address} />
      <Copied id={`${id}-subject`} label="Subject" text={subject} />
      <Copied id={`${id}-attachment`} label="Attach" text={attachment} />
    </section>
  );
}

/** A text to be copied by a button, or by hand where the web view refuses its clipboard. */
function Copied({ id, label, text }: { id: string; label: string; text: string }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied.");
    } catch {
      const field = document.getElementById(id);
      if (field instanceof HTMLInputElement) {
        field.focus();
        field.select();
      }
      setSaid("The clipboard cannot be reached: press Ctrl+C.");
    }
  };
  return (
    <div className="app-mail__row">
      <label className="app-mail__label" htmlFor={id}>
        {label}
      </label>
      <input
        className="nhsuk-input app-mail__text"
        id={id}
        readOnly
        value={text}
        onFocus={(event) => event.target.select()}
      />
      <Button look="secondary" aria-label={`Copy: ${label}`} onClick={() => void copy()}>
        Copy
      </Button>
      <span role="status" className="app-quiet">
        {said}
      </span>
    </div>
  );
}
