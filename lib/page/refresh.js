// A page of a run in training loads itself again after a while, but not while a picture is open.

setInterval(() => {
  if (!document.querySelector("dialog[open]")) location.reload();
}, 1000 * document.querySelector('meta[name="reload-after"]').content);
