-- Bookings that were called off, and the cancellations of a booking: what patients are to be told of is looked up often.
CREATE INDEX booking_word_called_off ON booking_word (booking, as_of)
    WHERE word ->> '$.held.status' IN ('cancelled', 'enteredInError');
CREATE INDEX intent_cancels ON intent (wanted ->> '$.booking') WHERE kind = 'cancellation';
