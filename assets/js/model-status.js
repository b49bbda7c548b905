// Time enters; the state of the model that serves, asked for while somebody can see the page, leaves.
// Runs as the body of Gradio's js_on_load, after status.js.
"use strict";

const POLL_MS = 5000;
let drawn = "";

async function askForModel() {
  if (document.hidden || !element.isConnected) return;
  try {
    const answer = await server.model_status({});
    // The same sentence again would be read aloud again.
    if (answer !== drawn) receive(answer);
    drawn = answer;
  } catch {
    // The server is away; what a person does meanwhile tells them so, and the next answer comes by itself.
  }
}

setInterval(askForModel, POLL_MS);
document.addEventListener("visibilitychange", askForModel);
