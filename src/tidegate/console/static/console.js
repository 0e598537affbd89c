// The console's script. Every page works without it; it adds what changes by itself, dialogs and keys.
import "./back.js";
import "./choices.js";
import "./clock.js";
import "./copy.js";
import "./dialogs.js";
import "./keys.js";
import "./live.js";
import "./preview.js";
import "./selecting.js";
import "./upload.js";
