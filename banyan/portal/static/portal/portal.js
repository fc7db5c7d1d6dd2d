/** Signing with finger or mouse: what is drawn goes into the form as a picture. Without scripts the typed name is enough. */
for (const place of document.querySelectorAll("[data-signature]")) {
  const canvas = place.querySelector("canvas");
  const field = place.querySelector("input");
  const pen = canvas.getContext("2d");
  let isDown = false;
  place.hidden = false;
  pen.lineWidth = 3;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = "#123";
  const spot = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.left) * canvas.width) / box.width, ((clientY - box.top) * canvas.height) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    isDown = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...spot(event));
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!isDown) return;
    pen.lineTo(...spot(event));
    pen.stroke();
    field.dataset.drawn = "1";
  });
  const end = () => {
    if (isDown && field.dataset.drawn) field.value = canvas.toDataURL("image/png");
    isDown = false;
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  place.querySelector("[data-clear]").addEventListener("click", () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    field.value = "";
    delete field.dataset.drawn;
  });
}
/* The total follows what is chosen; amounts are whole numbers of the smallest unit, so nothing is rounded. */
for (const offer of document.querySelectorAll("[data-offer]")) {
  const { base, places, currency } = offer.dataset;
  const total = offer.querySelector("[data-total]");
  const add = () => {
    let sum = BigInt(base);
    for (const input of offer.querySelectorAll("[data-minor]:checked")) sum += BigInt(input.dataset.minor);
    const digits = String(sum).padStart(Number(places) + 1, "0");
    const whole = Number(places) ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
    total.value = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency }).format(whole);
  };
  if (total && offer.querySelector("[data-minor]")) {
    offer.addEventListener("change", add);
    add();
  }
}
/* One click is one answer. */
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("[type=submit]")) setTimeout(() => (button.disabled = true));
  });
}
