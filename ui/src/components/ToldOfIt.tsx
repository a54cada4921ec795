import type { BookingShownView } from "../contract/contract";
import { InformedForm } from "./InformedForm";

/** Somebody called the booking off: whoever it was, the patient is to be told, until that is recorded (CA-6). */
export function ToldOfIt({
  shown,
  contact = "",
  prefix = "off-",
}: {
  shown: BookingShownView;
  /** The number to ring them on, where the page does not show it already. */
  contact?: string;
  /** What the names of the fields begin with. */
  prefix?: string;
}) {
  if (!shown.informPatient) return null;
  return (
    <InformedForm
      encounterId={shown.encounterId}
      url={shown.url}
      patient={shown.patient}
      contact={contact}
      prefix={prefix}
    />
  );
}
