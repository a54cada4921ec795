import { useState } from "react";
import type { BookingView } from "../contract/contract";
import { useFrame } from "../frame/frame";
import { Button } from "./Button";
import { Facts } from "./Facts";
import { Unbroken } from "./Unbroken";

/** A confirmed booking: what to read back, and the whole of it. */
export function BookingDetails({
  booking,
  readBack = true,
}: {
  booking: BookingView;
  /** Whether what is recorded may be read back still: nobody is to be told of a time that is not theirs any more. */
  readBack?: boolean;
}) {
  return (
    <div className="app-columns">
      <section className={`app-card ${readBack ? "" : "app-card--waiting"}`}>
        <h2 className="app-h2">
          {readBack ? "Read back to the patient" : "Nothing to read back to the patient"}
        </h2>
        {readBack ? (
          <ol className="app-read-back">
            {booking.readBack.map((line) => (
              <li key={line}>
                <Unbroken text={line} />
              </li>
            ))}
          </ol>
        ) : (
          <p>
            The provider does not have it as it was booked here any more: see above. What is beside
            this is as this desk recorded it.
          </p>
        )}
      </section>
      <section className="app-card">
        <h2 className="app-h2">{readBack ? "The booking" : "The booking as it was made here"}</h2>
        <Facts
          facts={[
            [
              "Patient",
              `${booking.patient}, born ${booking.born}, NHS number ${booking.nhsNumber}`,
            ],
            ["Patient’s phone", booking.contact],
            [
              "When",
              `${booking.date} ${booking.start}${booking.end ? `–${booking.end}` : ""} ${booking.zone}`,
            ],
            ["Service", booking.service],
            ["Phone", booking.servicePhone],
            ["Place", booking.place],
            ["How", booking.deliveryChannel],
            ["With", booking.practitioner],
            ["Status", `${booking.status}, as of ${booking.statusAsOf}`],
            ["Timeframe", booking.timeframe],
            ["Referral", booking.referral],
            ["Booked by", `${booking.bookedBy}, ${booking.bookedAt}`],
            ["Provider’s reference", booking.providerReference],
          ]}
        />
      </section>
    </div>
  );
}

/** Copies and prints a booking. */
export function BookingOutputs({ booking }: { booking: BookingView }) {
  const { desk } = useFrame();
  const [said, setSaid] = useState("");
  const [byHand, setByHand] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(booking.copyText);
      setByHand(false);
      setSaid("Copied.");
    } catch {
      // Some web views refuse the clipboard: then the text is laid out to be copied by hand.
      setByHand(true);
      setSaid("The clipboard cannot be reached: press Ctrl+C to copy the text below.");
    }
  };
  const print = () =>
    desk.printPage().catch(() => setSaid("Could not print. Copy the text instead."));
  return (
    <>
      <Button look="secondary" onClick={() => void copy()}>
        Copy
      </Button>
      <Button look="secondary" onClick={() => void print()}>
        Print
      </Button>
      <span role="status" className="app-quiet">
        {said}
      </span>
      {byHand && (
        <textarea
          className="nhsuk-textarea app-copy"
          readOnly
          rows={8}
          aria-label="Text of the booking"
          value={booking.copyText}
          ref={(box) => {
            box?.focus();
            box?.select();
          }}
        />
      )}
    </>
  );
}
